-- Drafts are the grains' own; lists tell by this mark where there is one, since they cannot ask ten thousand grains.
alter table scenario add column has_draft boolean not null default false;
