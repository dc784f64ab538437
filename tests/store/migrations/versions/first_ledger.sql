BEGIN TRANSACTION;
CREATE TABLE artifacts (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	job_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	media_type TEXT NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	create_time FLOAT NOT NULL, 
	UNIQUE (job_id, name), 
	FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE datasets (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	project TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	display_name TEXT NOT NULL, 
	modality TEXT NOT NULL, 
	columns TEXT NOT NULL, 
	row_count INTEGER NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	issues TEXT NOT NULL, 
	issue_count INTEGER NOT NULL, 
	blob TEXT, 
	file_name TEXT NOT NULL, 
	uri TEXT NOT NULL, 
	create_time FLOAT NOT NULL, 
	UNIQUE (project, digest)
);
INSERT INTO "datasets" VALUES(1,'default','d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1','x','image','[]',10,5,'[]',0,NULL,'','',1.79524109851804852485e+09);
CREATE TABLE erasures (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	project TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	blobs TEXT NOT NULL, 
	create_time FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE events (
	job_id INTEGER NOT NULL, 
	sequence INTEGER NOT NULL, 
	time FLOAT NOT NULL, 
	kind TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	PRIMARY KEY (job_id, sequence), 
	FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "events" VALUES(1,1,1.79524109852570056908e+09,'job','{"error":"","job":"projects/default/jobs/job-1","stage":"","state":"QUEUED","stop_reason":""}');
CREATE TABLE jobs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	project TEXT NOT NULL, 
	job TEXT NOT NULL, 
	dataset TEXT NOT NULL, 
	spec TEXT NOT NULL, 
	state TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	progress FLOAT NOT NULL, 
	message TEXT NOT NULL, 
	stop_reason TEXT NOT NULL, 
	error TEXT, 
	result TEXT, 
	best_trial TEXT NOT NULL, 
	cancel_requested BOOLEAN NOT NULL, 
	cancel_reason TEXT NOT NULL, 
	create_time FLOAT NOT NULL, 
	queue_time FLOAT NOT NULL, 
	start_time FLOAT, 
	end_time FLOAT, 
	last_sequence INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	lease_owner TEXT NOT NULL, 
	lease_until FLOAT NOT NULL, 
	expired_leases INTEGER NOT NULL, 
	UNIQUE (project, job)
);
INSERT INTO "jobs" VALUES(1,'default','job-1','d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1','{"dataset":"projects/default/datasets/d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1","task":"classification","target":"label","split":{"column":"","validation_fraction":0.2,"test_fraction":0.2},"group_by":"","sensitive":[],"metric":{"name":"","direction":""},"models":{"names":["starter"],"max_parameters":0,"licences":[],"max_latency_ms":0.0,"max_memory_mb":0.0},"scorers":[],"layers":"best","top_k":3,"search_space_name":"","search_space_yaml":"","budget":{"trials":12,"wall_seconds":0.0},"stop_after":"REPORT","seed":0,"explanations":6,"include_examples":false,"notes":"","labels":{}}','QUEUED','',0.0,'','',NULL,NULL,'',0,'',1.79524109852570056908e+09,1.79524109852570056908e+09,NULL,NULL,1,0,'',0.0,0);
CREATE TABLE ranked_models (
	job_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	"row" TEXT NOT NULL, 
	PRIMARY KEY (job_id, position), 
	FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE rankings (
	job_id INTEGER NOT NULL, 
	scorers TEXT NOT NULL, 
	n_probe INTEGER NOT NULL, 
	baselines TEXT NOT NULL, 
	PRIMARY KEY (job_id), 
	FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE requests (
	project TEXT NOT NULL, 
	request_id TEXT NOT NULL, 
	method TEXT NOT NULL, 
	body_digest TEXT NOT NULL, 
	answer TEXT NOT NULL, 
	create_time FLOAT NOT NULL, 
	PRIMARY KEY (project, request_id)
);
CREATE TABLE schema_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "schema_version" VALUES(1);
CREATE TABLE stages (
	job_id INTEGER NOT NULL, 
	stage TEXT NOT NULL, 
	epoch INTEGER NOT NULL, 
	create_time FLOAT NOT NULL, 
	PRIMARY KEY (job_id, stage), 
	FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE trials (
	job_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	trial TEXT NOT NULL, 
	model TEXT NOT NULL, 
	strategy TEXT NOT NULL, 
	parameters TEXT NOT NULL, 
	seed INTEGER NOT NULL, 
	origin TEXT NOT NULL, 
	state TEXT NOT NULL, 
	value FLOAT, 
	metrics TEXT NOT NULL, 
	curve TEXT NOT NULL, 
	seconds FLOAT NOT NULL, 
	checkpoint TEXT NOT NULL, 
	error TEXT NOT NULL, 
	PRIMARY KEY (job_id, number), 
	UNIQUE (job_id, trial), 
	FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE uploads (
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	file_name TEXT NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	sha256 TEXT NOT NULL, 
	create_time FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE INDEX ix_datasets_blob ON datasets (blob);
CREATE INDEX jobs_by_state ON jobs (state, queue_time);
CREATE INDEX jobs_by_dataset ON jobs (project, dataset);
CREATE INDEX ix_artifacts_sha256 ON artifacts (sha256);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('datasets',1);
INSERT INTO "sqlite_sequence" VALUES('jobs',1);
COMMIT;
