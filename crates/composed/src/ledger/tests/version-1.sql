-- A ledger as the first version wrote it.
CREATE TABLE stack (
    name TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    source TEXT NOT NULL,
    scale TEXT NOT NULL,
    project TEXT NOT NULL,
    services TEXT NOT NULL,
    stopped TEXT NOT NULL,
    down TEXT NOT NULL,
    is_converged INTEGER NOT NULL
) STRICT;
CREATE TABLE audit (
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    who TEXT NOT NULL,
    stack TEXT NOT NULL,
    generation INTEGER NOT NULL,
    what TEXT NOT NULL
) STRICT;
INSERT INTO audit (who, stack, generation, what) VALUES ('me', 'shop', 1, 'up');
INSERT INTO stack VALUES (
    'shop', 1, '{"working_dir":"/srv/shop","config_files":[],"project_directory":null,"project_name":null,"env_files":[],"profiles":[],"services":[],"compatibility":false,"all_resources":false,"environment":{},"home":null,"provided":{},"api_socket":{},"stdin":null}', '{"web":2}',
    '{"name":"shop","working_dir":"","config_files":[],"env_files":[],"compatibility":false,"all_resources":false,"services":{"web":{"cpus":0.1,"command":null,"entrypoint":null,"image":"web:1"}},"disabled_services":{},"networks":{},"volumes":{},"secrets":{},"configs":{},"models":{},"values":{},"care":{},"extensions":{}}',
    'null', '["web"]', 'null', 0
);
PRAGMA user_version = 1;
