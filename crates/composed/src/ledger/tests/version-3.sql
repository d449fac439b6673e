-- A ledger as the third version wrote it: a stack, and one whose wishes cannot be read.
CREATE TABLE stack (
    name TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    source TEXT NOT NULL,
    scale TEXT NOT NULL,
    project TEXT NOT NULL,
    services TEXT NOT NULL,
    stopped TEXT NOT NULL,
    down TEXT NOT NULL,
    is_converged INTEGER NOT NULL,
    unstarted TEXT NOT NULL DEFAULT '[]',
    alone TEXT NOT NULL DEFAULT '[]',
    keeping INTEGER NOT NULL DEFAULT 0,
    ended TEXT NOT NULL DEFAULT '[]',
    in_order TEXT NOT NULL DEFAULT '[]',
    images TEXT NOT NULL DEFAULT '{}',
    up TEXT NOT NULL DEFAULT 'null'
) STRICT;
CREATE TABLE machine (boot TEXT NOT NULL) STRICT;
INSERT INTO machine VALUES ('a boot');
CREATE TABLE interrupted (
    stack TEXT NOT NULL,
    container TEXT NOT NULL,
    PRIMARY KEY (stack, container)
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
    'null', '["web"]', 'null', 0, '["db"]', '["web"]', 2, '["c1"]', '["c2"]', '{"web:1":"sha256:1"}',
    '{"services":null,"ready":[],"recreate":"drifted","pull":"","build":false,"never_builds":false,"without_dependencies":false,"unstarted":false,"recreates_dependencies":false,"renews_volumes":false,"replaces_volumes":false,"remove_orphans":true,"grace":null}'
);
INSERT INTO stack SELECT 'torn', generation, source, scale, project, services, '["we', down, is_converged, unstarted,
    alone, keeping, ended, in_order, images, up FROM stack WHERE name = 'shop';
PRAGMA user_version = 3;
