-- Run once by the image of PostgreSQL, when it makes the cluster of the volume: who owns the schema, and whom the nodes work as.
\getenv owner_password SCENARIOS_OWNER_PASSWORD
\getenv server_password SCENARIOS_SERVER_PASSWORD
create role scenarios_owner login password :'owner_password';
create role scenarios_server login password :'server_password';
create database scenarios owner scenarios_owner;
