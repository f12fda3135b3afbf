-- What the AdoNet providers of Microsoft Orleans 10.4 need to keep membership, grain state and reminders in PostgreSQL.
--
-- The providers hold no SQL: at start they read their statements from OrleansQuery by key, and bind parameters and columns
-- by name. That contract (keys, parameters, columns) is theirs; tables, keys and statements here are ours, written for it:
--   * every table has a primary key over what identifies a row. Two first writes of one grain's state at once cannot both
--     succeed, which leaves a grain that can never be read again;
--   * every write is one statement that decides by `on conflict` or by comparing versions, so no function is needed;
--   * instants keep their microseconds. A reminder cut to milliseconds ticks before it is due;
--   * reminders are indexed by hash, because each refresh of a silo reads its range of hashes;
--   * there is no DeleteStorageKey, so DeleteStateOnClear refuses to start. Versions that begin again at 1 would let a
--     stale activation overwrite newer state.

create table OrleansQuery (
    QueryKey  text primary key,
    QueryText text not null);

-- Membership: one version for each cluster, raised by one with every change of a member. The version is the lock.

create table OrleansMembershipVersionTable (
    DeploymentId text primary key,
    Version      integer not null default 0);

create table OrleansMembershipTable (
    DeploymentId text not null,
    Address      text not null,
    Port         integer not null,
    Generation   integer not null,
    SiloName     text not null,
    HostName     text not null,
    Status       integer not null,   -- SiloStatus: 3 active, 6 dead
    ProxyPort    integer not null,   -- the gateway for clients; 0: none
    SuspectTimes text,               -- address,instant|address,instant
    StartTime    timestamptz not null,
    IAmAliveTime timestamptz not null,
    primary key (DeploymentId, Address, Port, Generation));

insert into OrleansQuery values
('InsertMembershipVersionKey', $$
    with inserted as (
        insert into OrleansMembershipVersionTable (DeploymentId) values (@DeploymentId)
        on conflict do nothing
        returning 1)
    select exists (select from inserted)
$$),
('InsertMembershipKey', $$
    with raised as (
        update OrleansMembershipVersionTable set Version = Version + 1
        where DeploymentId = @DeploymentId and Version = @Version and not exists (
            select from OrleansMembershipTable
            where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation)
        returning 1),
    inserted as (
        insert into OrleansMembershipTable (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
        select @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime from raised
        returning 1)
    select exists (select from inserted)
$$),
('UpdateMembershipKey', $$
    with raised as (
        update OrleansMembershipVersionTable set Version = Version + 1
        where DeploymentId = @DeploymentId and Version = @Version and exists (
            select from OrleansMembershipTable
            where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation)
        returning 1),
    updated as (
        update OrleansMembershipTable set Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
        from raised
        where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation
        returning 1)
    select exists (select from updated)
$$),
('UpdateIAmAlivetimeKey', $$
    update OrleansMembershipTable set IAmAliveTime = @IAmAliveTime
    where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation
$$),
('MembershipReadRowKey', $$
    select v.Version, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime, m.IAmAliveTime
    from OrleansMembershipVersionTable v
    left join OrleansMembershipTable m
        on m.DeploymentId = v.DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation
    where v.DeploymentId = @DeploymentId
$$),
('MembershipReadAllKey', $$
    select v.Version, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime, m.IAmAliveTime
    from OrleansMembershipVersionTable v
    left join OrleansMembershipTable m on m.DeploymentId = v.DeploymentId
    where v.DeploymentId = @DeploymentId
$$),
('GatewaysQueryKey', $$
    select Address, ProxyPort, Generation
    from OrleansMembershipTable
    where DeploymentId = @DeploymentId and Status = @Status and ProxyPort > 0
$$),
('CleanupDefunctSiloEntriesKey', $$
    delete from OrleansMembershipTable
    where DeploymentId = @DeploymentId and Status = 6 and IAmAliveTime < @IAmAliveTime
$$),
('DeleteMembershipTableEntriesKey', $$
    with members as (delete from OrleansMembershipTable where DeploymentId = @DeploymentId)
    delete from OrleansMembershipVersionTable where DeploymentId = @DeploymentId
$$);

-- Grain state. A caller without a version may only write first, a caller with one only over exactly that version.

create table OrleansStorage (
    GrainIdHash            integer not null,
    GrainIdN0              bigint  not null,
    GrainIdN1              bigint  not null,
    GrainTypeHash          integer not null,
    GrainTypeString        text    not null,
    GrainIdExtensionString text    not null,   -- '' where the provider says null, so that it can be part of the key
    ServiceId              text    not null,
    PayloadBinary          bytea,              -- null: cleared, the version goes on
    Version                integer not null default 1,
    ModifiedOn             timestamptz not null default now(),
    primary key (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, GrainTypeString, GrainIdExtensionString, ServiceId));

insert into OrleansQuery values
('WriteToStorageKey', $$
    with first as (
        insert into OrleansStorage (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, GrainIdExtensionString, ServiceId, PayloadBinary)
        select @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, coalesce(@GrainIdExtensionString, ''), @ServiceId, @PayloadBinary
        where @GrainStateVersion is null
        on conflict do nothing
        returning Version),
    next as (
        update OrleansStorage set PayloadBinary = @PayloadBinary, Version = Version + 1, ModifiedOn = now()
        where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
          and GrainTypeString = @GrainTypeString and GrainIdExtensionString = coalesce(@GrainIdExtensionString, '') and ServiceId = @ServiceId
          and Version = @GrainStateVersion
        returning Version)
    select Version as NewGrainStateVersion from first union all select Version from next
$$),
('ReadFromStorageKey', $$
    select PayloadBinary, Version
    from OrleansStorage
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and GrainTypeString = @GrainTypeString and GrainIdExtensionString = coalesce(@GrainIdExtensionString, '') and ServiceId = @ServiceId
$$),
('ClearStorageKey', $$
    update OrleansStorage set PayloadBinary = null, Version = Version + 1, ModifiedOn = now()
    where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
      and GrainTypeString = @GrainTypeString and GrainIdExtensionString = coalesce(@GrainIdExtensionString, '') and ServiceId = @ServiceId
      and Version = @GrainStateVersion
    returning Version as NewGrainStateVersion
$$);

-- Reminders. A silo owns a range of hashes (begin, end]; the last range of the ring wraps around.

create table OrleansRemindersTable (
    ServiceId    text    not null,
    GrainId      text    not null,
    ReminderName text    not null,
    StartTime    timestamptz not null,
    Period       bigint  not null,   -- milliseconds
    GrainHash    integer not null,
    Version      integer not null default 0,
    primary key (ServiceId, GrainId, ReminderName));

create index on OrleansRemindersTable (ServiceId, GrainHash);

insert into OrleansQuery values
('UpsertReminderRowKey', $$
    insert into OrleansRemindersTable as r (ServiceId, GrainId, ReminderName, StartTime, Period, GrainHash)
    values (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash)
    on conflict (ServiceId, GrainId, ReminderName) do update
        set StartTime = excluded.StartTime, Period = excluded.Period, GrainHash = excluded.GrainHash, Version = r.Version + 1
    returning Version
$$),
('ReadReminderRowKey', $$
    select GrainId, ReminderName, StartTime, Period, Version
    from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName
$$),
('ReadReminderRowsKey', $$
    select GrainId, ReminderName, StartTime, Period, Version
    from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainId = @GrainId
$$),
('ReadRangeRows1Key', $$
    select GrainId, ReminderName, StartTime, Period, Version
    from OrleansRemindersTable
    where ServiceId = @ServiceId and GrainHash > @BeginHash and GrainHash <= @EndHash
$$),
('ReadRangeRows2Key', $$
    select GrainId, ReminderName, StartTime, Period, Version
    from OrleansRemindersTable
    where ServiceId = @ServiceId and (GrainHash > @BeginHash or GrainHash <= @EndHash)
$$),
('DeleteReminderRowKey', $$
    with deleted as (
        delete from OrleansRemindersTable
        where ServiceId = @ServiceId and GrainId = @GrainId and ReminderName = @ReminderName and Version = @Version
        returning 1)
    select exists (select from deleted)
$$),
('DeleteReminderRowsKey', $$
    delete from OrleansRemindersTable where ServiceId = @ServiceId
$$);
