/** A configuration as gihnius/monconn's program reads it: each of its keys, in its order. */
export const SEED_CONFIG = `ssh:
  listen_ip: "127.0.0.1"
  listen_port: 2022
  backend_ip: "127.0.0.1"
  backend_port: 22
  read_timeout: 600
  write_timeout: 600
  wait_timeout: 60
  max_idle: 900
  conn_limit: 0
  ip_limit: 0
  keepalive: true
  print_bytes: true
  ip_blacklist:
    - 1.1.1.1
    - 2.2.2.2

web:
  listen_ip: ""
  listen_port: "8080"
  backend_ip: "10.0.0.1"
  backend_port: "80"
`;
