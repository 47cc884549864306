// Telemetry is off before Next reads its settings: a build talks to nobody.
process.env.NEXT_TELEMETRY_DISABLED ??= "1";

const backend = process.env.DAS_BACKEND ?? "http://127.0.0.1:8787";
const isDevelopment = process.env.NODE_ENV === "development";

/** @type {import('next').NextConfig} */
const config = {
  reactStrictMode: true,
  poweredByHeader: false,
  // Without a slash the export writes settings.html, which a static server does not find under /settings.
  trailingSlash: true,
  images: { unoptimized: true },
  generateBuildId: () => "dashboard",
  ...(isDevelopment
    ? {
        // One origin in development too, so that there is no CORS: HTTP and WebSocket are handed on to the backend.
        skipTrailingSlashRedirect: true,
        rewrites: async () => [
          { source: "/api/:path*", destination: `${backend}/api/:path*` },
          { source: "/auth", destination: `${backend}/auth` },
          { source: "/ws", destination: `${backend}/ws` },
        ],
      }
    : { output: "export" }),
};

export default config;
