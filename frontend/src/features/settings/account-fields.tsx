"use client";

import type { DasServerView } from "@/api/schema";
import { SelectField, TextField } from "@/ui/fields";
import type { AccountDraft } from "./account-form";

interface AccountFieldsProps {
  draft: AccountDraft;
  onChange: (change: Partial<AccountDraft>) => void;
  errors: Record<string, string>;
  hasPassword: boolean;
  servers: readonly DasServerView[];
  isDisabled?: boolean;
}

/** How an account is reached, and under which name it logs in. */
export function AccountFields({ draft, onChange, errors, hasPassword, servers, isDisabled = false }: AccountFieldsProps) {
  const text = (name: keyof AccountDraft) => ({
    value: draft[name],
    error: errors[name],
    disabled: isDisabled,
    onChange: (event: { target: { value: string } }) => onChange({ [name]: event.target.value }),
  });
  const server = servers.find((one) => one.broker_id.toUpperCase() === draft.broker_id.trim().toUpperCase());
  return (
    <>
      {servers.length > 0 && (
        <SelectField
          label="Broker of DAS_SERVERS"
          hint="One of these says host, port, user and password by itself."
          value={server?.broker_id ?? ""}
          disabled={isDisabled}
          onChange={(event) => {
            const chosen = servers.find((one) => one.broker_id === event.target.value);
            if (chosen) onChange({ broker_id: chosen.broker_id, host: chosen.host, port: String(chosen.port), username: chosen.username });
          }}
        >
          <option value="">Another one</option>
          {servers.map((one) => (
            <option key={one.broker_id} value={one.broker_id}>
              {one.broker_id}
            </option>
          ))}
        </SelectField>
      )}
      <TextField label="Broker" hint="A short name of your own, one word." {...text("broker_id")} />
      <TextField label="Host" hint="Where DAS Trader Pro runs; 127.0.0.1 is this computer." {...text("host")} />
      <TextField label="Port" inputMode="numeric" hint="The CMD API port of that DAS Trader Pro." {...text("port")} />
      <TextField label="User" {...text("username")} />
      <TextField
        label="Password"
        type="password"
        autoComplete="new-password"
        hint={server ? "DAS_SERVERS has it for this broker." : hasPassword ? "One is stored. Leave this empty to keep it." : "It is stored encrypted and never shown again."}
        {...text("password")}
        autoCorrect="off"
      />
      <TextField label="Account" hint="The account number as DAS shows it." {...text("account_id")} />
      <TextField label="Order route" hint="Empty: the broker's first smart route, else SMAT." {...text("order_route")} />
      <TextField label="Locate routes" hint="Each with its type, 0 or 1: ALLROUTE 1, OTHER 0." {...text("locate_routes")} />
    </>
  );
}
