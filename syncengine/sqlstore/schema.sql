-- The log. ord is the order of arrival: at the office, the commit order.
create table change (
  ord    integer primary key,
  id     blob not null unique,
  node   blob not null,
  seq    integer not null,
  record blob not null,
  body   blob not null -- envelope and the blocks at hand, as syncengine encodes them
);
create index change_node on change (node, seq, ord);
create index change_record on change (record, ord);

-- Everything beside the log, by bucket and key.
create table cell (
  bucket text not null,
  key    blob not null,
  value  blob not null,
  primary key (bucket, key)
) without rowid;
