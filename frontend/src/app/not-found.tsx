import { Link } from "@/ui/link";

export default function NotFound() {
  return (
    <div className="flex flex-col items-start gap-2 p-4">
      <h1 className="text-lg font-semibold">There is no such page</h1>
      <Link href="/" className="text-accent underline">
        To the dashboard
      </Link>
    </div>
  );
}
