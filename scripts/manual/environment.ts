/** The variables that the program looks at, each with what it is for: all that deno.json lets it read. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  CONFIGURATION_DIRECTORY:
    "Set by systemd (ConfigurationDirectory=): where dnsfwd.toml is looked for instead of /etc/dnsfwd.",
  STATE_DIRECTORY: "Set by systemd (StateDirectory=): the directory for state.",
  RUNTIME_DIRECTORY:
    "Set by systemd (RuntimeDirectory=): the directory for the lock and the control socket.",
  LOGS_DIRECTORY:
    "Set by systemd (LogsDirectory=): where dnsfwd.log is written by a program in the background.",
  HOME: "Where ~ is, for users other than root whose XDG variables are not set.",
  XDG_CONFIG_HOME: "For users other than root: the configuration file is in its folder dnsfwd.",
  XDG_STATE_HOME: "For users other than root: the directory for state is its folder dnsfwd.",
  XDG_RUNTIME_DIR:
    "For users other than root: the lock and the control socket are in its folder dnsfwd.",
  NOTIFY_SOCKET: "Set by a service manager: where it is told that the program is ready, reloads, " +
    "stops and is alive (sd_notify(3)).",
  WATCHDOG_USEC: "Set by a service manager: how often it wants to hear that the program is alive.",
  WATCHDOG_PID: "Set by a service manager: the process that WATCHDOG_USEC is meant for.",
  LISTEN_FDS:
    "Set by a service manager: how many sockets it hands over (sd_listen_fds(3)). The default " +
    "addresses are not opened then.",
  LISTEN_PID: "Set by a service manager: the process that LISTEN_FDS is meant for.",
  LISTEN_FDNAMES: "Set by a service manager: the names of those sockets.",
  SSLKEYLOGFILE:
    "A file for the keys of TLS connections, by which a recording of the traffic can " +
    "be read. Looked at with --allow-key-log only; without it the program refuses to start.",
  DENO_TLS_CA_STORE: "Which authorities the runtime trusts where neither --ca nor ca=FILE names " +
    "others: mozilla (the default) or system.",
  DENO_CERT:
    "A file of certificates (PEM) that the runtime trusts besides, where neither --ca nor " +
    "ca=FILE names others.",
  NODE_EXTRA_CA_CERTS: "The same.",
  LC_ALL: "With UTF-8 in it, status draws its curves with more than ASCII.",
  LC_CTYPE: "The same, where LC_ALL is not set.",
  LANG: "The same, where neither of these is set.",
  TERM: "With dumb, or without it, status --watch does not redraw in place.",
  NO_COLOR: "Read by the runtime: with it, what it prints at a terminal has no colours.",
};
