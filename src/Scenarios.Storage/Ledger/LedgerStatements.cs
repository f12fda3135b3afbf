using Npgsql;
using Scenarios.Engine.Batches;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Storage.Accounts;

namespace Scenarios.Storage.Ledger;

/// <summary>The statements of one commit: a column an array, a row a place in all of them. Statements without rows are left out.</summary>
internal sealed class LedgerStatements(NpgsqlBatch batch, IReadOnlyList<LedgerWrite> writes)
{
    public void Lock()
    {
        var scenarios = writes.Select(w => (w.Key.Tenant, w.Key.Scenario)).Distinct().Order().ToList();
        Run(
            "select pg_advisory_xact_lock_shared(x.tenant_id, x.scenario) from unnest($1::int[], $2::int[]) as x (tenant_id, scenario)",
            scenarios.ConvertAll(s => s.Tenant),
            scenarios.ConvertAll(s => s.Scenario)
        );
    }

    public void Fence()
    {
        var rows = writes.OrderBy(w => w.Key.Tenant).ThenBy(w => w.Key.Scenario).ThenBy(w => w.Key.Partition).ToList();
        Add(
            """
            with held as (
                update partition p
                set seq = p.seq + 1, next_due = x.due, resumed = p.resumed + x.resumed
                from unnest($1::int[], $2::int[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::timestamptz[], $8::bigint[])
                    as x (tenant_id, scenario, partition, gate, epoch, seq, due, resumed)
                join scenario s on s.tenant_id = x.tenant_id and s.number = x.scenario and s.gate = x.gate
                where p.tenant_id = x.tenant_id and p.scenario = x.scenario and p.partition = x.partition and p.epoch = x.epoch and p.seq = x.seq
                returning 1)
            select fence_broken($1, $2, $4) where (select count(*) from held) <> cardinality($1)
            """,
            P(rows.ConvertAll(w => w.Key.Tenant)),
            P(rows.ConvertAll(w => w.Key.Scenario)),
            P(rows.ConvertAll(w => w.Key.Partition)),
            P(rows.ConvertAll(w => w.Gate)),
            P(rows.ConvertAll(w => w.Ownership.Epoch)),
            P(rows.ConvertAll(w => w.Ownership.Seq)),
            P(rows.ConvertAll(w => w.NextDue)),
            P(rows.ConvertAll(w => (long)w.Resumed))
        );
    }

    public void Runs()
    {
        var inserted = Rows(w => w.Inserted);
        if (inserted.Count > 0)
            Add(
                """
                insert into run (tenant_id, scenario, id, partition, generation, profile_id, element, phase, step, entered_at, arrived_at, due, stoppable, revision, depth, hops, stopped, has_content, has_kept)
                select * from unnest($1::int[], $2::int[], $3::uuid[], $4::smallint[], $5::int[], $6::text[], $7::text[], $8::smallint[], $9::int[], $10::timestamptz[], $11::timestamptz[],
                    $12::timestamptz[], $13::bool[], $14::int[], $15::smallint[], $16::smallint[], $17::interval[], $18::bool[], $19::bool[])
                """,
                [
                    .. Keys(inserted),
                    P(inserted.ConvertAll(r => r.Row.State.Id)),
                    P(inserted.ConvertAll(r => r.Write.Key.Partition)),
                    P(inserted.ConvertAll(r => r.Row.Generation)),
                    P(inserted.ConvertAll(r => r.Row.State.ProfileId)),
                    .. Standing(inserted),
                    P(inserted.ConvertAll(r => r.Row.State.EnteredAt)),
                    .. Waiting(inserted),
                    P(inserted.ConvertAll(r => (short)r.Row.State.Depth)),
                    P(inserted.ConvertAll(r => (short)r.Row.State.Hops)),
                    P(inserted.ConvertAll(r => r.Row.State.StoppedAtArrival)),
                    P(inserted.ConvertAll(r => r.Row.HasContent)),
                    P(inserted.ConvertAll(r => r.Row.HasKept)),
                ]
            );

        var updated = Rows(w => w.Updated);
        if (updated.Count > 0)
            Add(
                """
                update run r
                set element = x.element, phase = x.phase, step = x.step, arrived_at = x.arrived_at, due = x.due, stoppable = x.stoppable, revision = x.revision, hops = x.hops,
                    stopped = x.stopped, has_kept = x.has_kept
                from unnest($1::int[], $2::int[], $3::uuid[], $4::text[], $5::smallint[], $6::int[], $7::timestamptz[], $8::timestamptz[], $9::bool[], $10::int[], $11::smallint[], $12::interval[], $13::bool[])
                    as x (tenant_id, scenario, id, element, phase, step, arrived_at, due, stoppable, revision, hops, stopped, has_kept)
                where r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.id = x.id
                """,
                [
                    .. Keys(updated),
                    P(updated.ConvertAll(r => r.Row.State.Id)),
                    .. Standing(updated),
                    .. Waiting(updated),
                    P(updated.ConvertAll(r => (short)r.Row.State.Hops)),
                    P(updated.ConvertAll(r => r.Row.State.StoppedAtArrival)),
                    P(updated.ConvertAll(r => r.Row.HasKept)),
                ]
            );

        var gone = Rows(w => w.Ended.Where(e => e.WasStored));
        if (gone.Count > 0)
            Add(
                """
                delete from run r using unnest($1::int[], $2::int[], $3::uuid[]) as x (tenant_id, scenario, id)
                where r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.id = x.id
                """,
                [.. Keys(gone), P(gone.ConvertAll(r => r.Row.Run.State.Id))]
            );

        var ended = Rows(w => w.Ended);
        if (ended.Count > 0)
            Add(
                """
                insert into run_history (tenant_id, scenario, id, partition, generation, profile_id, state, reason, goal, element, step, entered_at, ended_at, has_content)
                select * from unnest($1::int[], $2::int[], $3::uuid[], $4::smallint[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::int[],
                    $12::timestamptz[], $13::timestamptz[], $14::bool[])
                """,
                [
                    .. Keys(ended),
                    P(ended.ConvertAll(r => r.Row.Run.State.Id)),
                    P(ended.ConvertAll(r => r.Write.Key.Partition)),
                    P(ended.ConvertAll(r => r.Row.Run.Generation)),
                    P(ended.ConvertAll(r => r.Row.Run.State.ProfileId)),
                    P(ended.ConvertAll(r => Name<EndState>.Of(r.Row.End.State))),
                    P(ended.ConvertAll(r => r.Row.End.Reason)),
                    P(ended.ConvertAll(r => r.Row.End.Goal)),
                    P(ended.ConvertAll(r => r.Row.Run.State.Element)),
                    P(ended.ConvertAll(r => r.Row.Run.State.Step)),
                    P(ended.ConvertAll(r => r.Row.Run.State.EnteredAt)),
                    P(ended.ConvertAll(r => r.Row.At)),
                    P(ended.ConvertAll(r => r.Row.Run.HasContent)),
                ]
            );
    }

    public void Trails()
    {
        var trails = Rows(w => w.Trails);
        if (trails.Count > 0)
            Add(
                "insert into run_trail (tenant_id, scenario, run_id, first_step, steps) select * from unnest($1::int[], $2::int[], $3::uuid[], $4::int[], $5::text[])",
                [
                    .. Keys(trails),
                    P(trails.ConvertAll(r => r.Row.RunId)),
                    P(trails.ConvertAll(r => r.Row.FirstStep)),
                    P(trails.ConvertAll(r => r.Row.Steps)),
                ]
            );

        var data = Rows(w => w.Data);
        if (data.Count > 0)
            Add(
                """
                insert into run_data as d (tenant_id, scenario, run_id, content, kept) select * from unnest($1::int[], $2::int[], $3::uuid[], $4::text[], $5::text[])
                on conflict (tenant_id, scenario, run_id) do update set content = coalesce(excluded.content, d.content), kept = coalesce(excluded.kept, d.kept)
                """,
                [
                    .. Keys(data),
                    P(data.ConvertAll(r => r.Row.RunId)),
                    P(data.ConvertAll(r => r.Row.Content)),
                    P(data.ConvertAll(r => r.Row.Kept)),
                ]
            );
    }

    public void Entries()
    {
        var entries = Rows(w => w.Entries);
        if (entries.Count > 0)
            Add(
                """
                insert into profile_entry as e (tenant_id, scenario, profile_id, entries, open, generation, completed, failed, last_entered_at, last_ended_at, recent, declined, declined_at)
                select x.tenant_id, x.scenario, x.profile_id, x.entries, x.open::uuid[], x.generation, x.completed, x.failed, x.last_entered_at, x.last_ended_at, x.recent::timestamptz[], x.declined, x.declined_at
                from unnest($1::int[], $2::int[], $3::text[], $4::int[], $5::text[], $6::int[], $7::int[], $8::int[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::timestamptz[])
                    as x (tenant_id, scenario, profile_id, entries, open, generation, completed, failed, last_entered_at, last_ended_at, recent, declined, declined_at)
                on conflict (tenant_id, scenario, profile_id) do update set
                    entries = excluded.entries, open = excluded.open, generation = excluded.generation, completed = excluded.completed, failed = excluded.failed,
                    last_entered_at = excluded.last_entered_at, last_ended_at = excluded.last_ended_at, recent = excluded.recent, declined = excluded.declined, declined_at = excluded.declined_at
                """,
                [
                    .. Keys(entries),
                    P(entries.ConvertAll(r => r.Row.Key)),
                    P(entries.ConvertAll(r => r.Row.Value.Entries)),
                    P(entries.ConvertAll(r => "{" + string.Join(',', r.Row.Value.Open) + "}")),
                    P(entries.ConvertAll(r => r.Row.Value.Generation)),
                    P(entries.ConvertAll(r => r.Row.Value.Completed)),
                    P(entries.ConvertAll(r => r.Row.Value.Failed)),
                    P(entries.ConvertAll(r => r.Row.Value.LastEnteredAt)),
                    P(entries.ConvertAll(r => r.Row.Value.LastEndedAt)),
                    P(
                        entries.ConvertAll(r =>
                            r.Row.Value.Recent.Length == 0
                                ? null
                                : "{" + string.Join(',', r.Row.Value.Recent.Select(Instants.Format)) + "}"
                        )
                    ),
                    P(entries.ConvertAll(r => r.Row.Value.Declined)),
                    P(entries.ConvertAll(r => r.Row.Value.DeclinedAt)),
                ]
            );

        var ends = Rows(w => w.EntryEnds);
        if (ends.Count == 0)
            return;
        // Several runs of one profile may end in one batch (parallel): their changes are added up first.
        Add(
            """
            update profile_entry e
            set open = array(select o from unnest(e.open) as o where o <> all (x.ended)), completed = e.completed + x.completed, failed = e.failed + x.failed, last_ended_at = greatest(e.last_ended_at, x.at)
            from (
                select tenant_id, scenario, profile_id, array_agg(run_id) as ended, count(*) filter (where completed)::int as completed, count(*) filter (where failed)::int as failed, max(at) as at
                from unnest($1::int[], $2::int[], $3::text[], $4::uuid[], $5::bool[], $6::bool[], $7::timestamptz[]) as x (tenant_id, scenario, profile_id, run_id, completed, failed, at)
                group by tenant_id, scenario, profile_id) as x
            where e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.profile_id = x.profile_id
            """,
            [
                .. Keys(ends),
                P(ends.ConvertAll(r => r.Row.ProfileId)),
                P(ends.ConvertAll(r => r.Row.RunId)),
                P(ends.ConvertAll(r => r.Row.Completed)),
                P(ends.ConvertAll(r => r.Row.Failed)),
                P(ends.ConvertAll(r => r.Row.At)),
            ]
        );
    }

    public void Counts()
    {
        // What slices of one scenario counted goes into one row, of the first of them: the fence holds its partition, so nobody else is at it.
        var counts = writes
            .SelectMany(w => w.Counts.Select(c => (w.Key, At: Quarter(w.Now), Count: c.Key, N: (long)c.Value)))
            .GroupBy(
                c => (c.Key.Tenant, c.Key.Scenario, c.At, c.Count),
                (same, some) => (Same: same, Partition: some.Min(c => c.Key.Partition), N: some.Sum(c => c.N))
            )
            .ToList();
        if (counts.Count > 0)
            Add(
                """
                insert into period_count as c (tenant_id, scenario, at, partition, element, kind, name, n)
                select * from unnest($1::int[], $2::int[], $3::timestamptz[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::bigint[])
                on conflict (tenant_id, scenario, at, partition, element, kind, name) do update set n = c.n + excluded.n
                """,
                P(counts.ConvertAll(c => c.Same.Tenant)),
                P(counts.ConvertAll(c => c.Same.Scenario)),
                P(counts.ConvertAll(c => c.Same.At)),
                P(counts.ConvertAll(c => c.Partition)),
                P(counts.ConvertAll(c => c.Same.Count.Element)),
                P(counts.ConvertAll(c => c.Same.Count.Kind)),
                P(counts.ConvertAll(c => c.Same.Count.Name)),
                P(counts.ConvertAll(c => c.N))
            );

        var live = Rows(w => w.Live.Where(l => l.Value != 0));
        if (live.Count > 0)
            Add(
                """
                insert into live_count as c (tenant_id, scenario, generation, partition, element, n)
                select * from unnest($1::int[], $2::int[], $3::int[], $4::smallint[], $5::text[], $6::bigint[])
                on conflict (tenant_id, scenario, generation, partition, element) do update set n = c.n + excluded.n
                """,
                [
                    .. Keys(live),
                    P(live.ConvertAll(r => r.Row.Key.Generation)),
                    P(live.ConvertAll(r => r.Write.Key.Partition)),
                    P(live.ConvertAll(r => r.Row.Key.Element)),
                    P(live.ConvertAll(r => (long)r.Row.Value)),
                ]
            );
    }

    public void Receipts()
    {
        var expired = Rows(w => w.ExpiredReceipts);
        if (expired.Count > 0)
            Add(
                "delete from receipt t using unnest($1::int[], $2::text[]) as x (tenant_id, key) where t.tenant_id = x.tenant_id and t.key = x.key and t.run_id is null",
                P(expired.ConvertAll(r => r.Write.Key.Tenant)),
                P(expired.ConvertAll(r => r.Row))
            );

        var receipts = Rows(w => w.Receipts);
        receipts.Sort(
            (a, b) =>
                a.Write.Key.Tenant != b.Write.Key.Tenant
                    ? a.Write.Key.Tenant.CompareTo(b.Write.Key.Tenant)
                    : string.CompareOrdinal(a.Row.Key, b.Row.Key)
        );
        if (receipts.Count > 0)
            Add(
                """
                insert into receipt (tenant_id, key, route, hash, status, answer, run_id, at)
                select * from unnest($1::int[], $2::text[], $3::text[], $4::bytea[], $5::smallint[], $6::text[], $7::uuid[], $8::timestamptz[])
                """,
                P(receipts.ConvertAll(r => r.Write.Key.Tenant)),
                P(receipts.ConvertAll(r => r.Row.Key)),
                P(receipts.ConvertAll(r => r.Row.Row.Route)),
                P(receipts.ConvertAll(r => r.Row.Row.Hash)),
                P(receipts.ConvertAll(r => (short?)r.Row.Row.Status)),
                P(receipts.ConvertAll(r => r.Row.Row.Answer)),
                P(receipts.ConvertAll(r => r.Row.Row.RunId)),
                P(receipts.ConvertAll(r => r.Row.Row.At))
            );
    }

    public void Audits()
    {
        var audits = Rows(w => w.Audits);
        if (audits.Count > 0)
            Add(
                """
                insert into audit (tenant_id, id, at, actor, action, subject)
                select * from unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
                """,
                P(audits.ConvertAll(a => a.Write.Key.Tenant)),
                P(audits.ConvertAll(_ => Audit.NextId())),
                P(audits.ConvertAll(a => a.Write.Now)),
                P(audits.ConvertAll(a => a.Row.Actor)),
                P(audits.ConvertAll(a => a.Row.Action)),
                P(audits.ConvertAll(a => $"scenario/{a.Write.Key.Scenario}/run/{a.Row.RunId}"))
            );
    }

    public void Effects()
    {
        var settled = Rows(w => w.SettledEffects);
        if (settled.Count > 0)
            Add(
                """
                delete from effect e using unnest($1::int[], $2::int[], $3::uuid[], $4::int[]) as x (tenant_id, scenario, run_id, step)
                where e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.run_id = x.run_id and e.step = x.step
                """,
                [.. Keys(settled), P(settled.ConvertAll(r => r.Row.RunId)), P(settled.ConvertAll(r => r.Row.Step))]
            );

        var begun = Rows(w => w.NewEffects);
        if (begun.Count > 0)
            Add(
                """
                insert into effect (tenant_id, scenario, run_id, step, partition, generation, profile_id, element, kind, attempt, due, request)
                select * from unnest($1::int[], $2::int[], $3::uuid[], $4::int[], $5::smallint[], $6::int[], $7::text[], $8::text[], $9::text[], $10::int[], $11::timestamptz[], $12::text[])
                """,
                [
                    .. Keys(begun),
                    P(begun.ConvertAll(r => r.Row.Row.RunId)),
                    P(begun.ConvertAll(r => r.Row.Row.Step)),
                    P(begun.ConvertAll(r => r.Write.Key.Partition)),
                    P(begun.ConvertAll(r => r.Row.Row.Generation)),
                    P(begun.ConvertAll(r => r.Row.Row.ProfileId)),
                    P(begun.ConvertAll(r => r.Row.Row.Element)),
                    P(begun.ConvertAll(r => r.Row.Row.Kind)),
                    P(begun.ConvertAll(r => r.Row.Row.Attempt)),
                    P(begun.ConvertAll(r => r.Row.Due)),
                    P(begun.ConvertAll(r => r.Row.Row.Request)),
                ]
            );

        var changed = Rows(w => w.ChangedEffects);
        if (changed.Count > 0)
            Add(
                """
                update effect e set attempt = x.attempt, due = x.due, outcome = x.outcome
                from unnest($1::int[], $2::int[], $3::uuid[], $4::int[], $5::int[], $6::timestamptz[], $7::text[]) as x (tenant_id, scenario, run_id, step, attempt, due, outcome)
                where e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.run_id = x.run_id and e.step = x.step
                """,
                [
                    .. Keys(changed),
                    P(changed.ConvertAll(r => r.Row.RunId)),
                    P(changed.ConvertAll(r => r.Row.Step)),
                    P(changed.ConvertAll(r => r.Row.Attempt)),
                    P(changed.ConvertAll(r => r.Row.Due)),
                    P(changed.ConvertAll(r => r.Row.Outcome)),
                ]
            );
    }

    /// <summary>Profiles are shared: rows that may be missing are added, all are locked in key order, then changed by expressions.</summary>
    public void Profiles()
    {
        // An update meets each row once, so the changes of one profile, from whichever slices, become one.
        var changes = writes
            .SelectMany(w => w.Profiles.Select(p => (w.Key.Tenant, w.Database, Change: p)))
            .GroupBy(c => (c.Tenant, c.Database, c.Change.ProfileId))
            .Select(g => (g.Key.Tenant, g.Key.Database, Change: g.Select(c => c.Change).Aggregate(ProfileWrite.Then)))
            .OrderBy(c => c.Tenant)
            .ThenBy(c => c.Database)
            .ThenBy(c => c.Change.ProfileId, StringComparer.Ordinal)
            .ToList();
        if (changes.Count == 0)
            return;
        var created = changes.FindAll(c => c.Change.Create);
        if (created.Count > 0)
            Add(
                "insert into profile (tenant_id, database, id) select * from unnest($1::int[], $2::int[], $3::text[]) on conflict do nothing",
                P(created.ConvertAll(c => c.Tenant)),
                P(created.ConvertAll(c => c.Database)),
                P(created.ConvertAll(c => c.Change.ProfileId))
            );
        Parameter[] keys =
        [
            P(changes.ConvertAll(c => c.Tenant)),
            P(changes.ConvertAll(c => c.Database)),
            P(changes.ConvertAll(c => c.Change.ProfileId)),
        ];
        Add(
            """
            select 1 from unnest($1::int[], $2::int[], $3::text[]) as x (tenant_id, database, id)
            join profile p on p.tenant_id = x.tenant_id and p.database = x.database and p.id = x.id
            order by p.tenant_id, p.database, p.id for no key update of p
            """,
            keys
        );
        Add(
            """
            update profile p
            set email = case when x.head ? 'email' then x.head ->> 'email' else p.email end,
                phone = case when x.head ? 'phone' then x.head ->> 'phone' else p.phone end,
                time_zone = case when x.head ? 'timeZone' then x.head ->> 'timeZone' else p.time_zone end,
                fields = apply_field_operations(p.fields, x.operations),
                subscriptions = case when x.subscriptions is null then p.subscriptions else merge_subscriptions(p.subscriptions, x.subscriptions) end,
                version = p.version + 1, updated_at = clock_timestamp()
            from (select tenant_id, database, id, head::jsonb, operations::jsonb, subscriptions::jsonb
                  from unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[]) as x (tenant_id, database, id, head, operations, subscriptions)) as x
            where p.tenant_id = x.tenant_id and p.database = x.database and p.id = x.id
            """,
            [
                .. keys,
                P(changes.ConvertAll(c => c.Change.Head)),
                P(changes.ConvertAll(c => c.Change.Operations)),
                P(changes.ConvertAll(c => c.Change.Subscriptions)),
            ]
        );
    }

    /// <summary>What a deleted profile leaves: runs without a name, content or trail, so that totals still add up.</summary>
    public void Forget()
    {
        var forgotten = Rows(w => w.Forgotten);
        if (forgotten.Count == 0)
            return;
        Parameter[] profiles = [.. Keys(forgotten), P(forgotten.ConvertAll(r => r.Row.ProfileId))];
        var open = Rows(w => w.Forgotten.SelectMany(f => f.Open));
        if (open.Count > 0)
        {
            Parameter[] runs = [.. Keys(open), P(open.ConvertAll(r => r.Row))];
            Add(
                "update run r set profile_id = '' from unnest($1::int[], $2::int[], $3::uuid[]) as x (tenant_id, scenario, id) where r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.id = x.id",
                runs
            );
            Add(
                "delete from run_data d using unnest($1::int[], $2::int[], $3::uuid[]) as x (tenant_id, scenario, id) where d.tenant_id = x.tenant_id and d.scenario = x.scenario and d.run_id = x.id",
                runs
            );
            Add(
                "delete from run_trail t using unnest($1::int[], $2::int[], $3::uuid[]) as x (tenant_id, scenario, id) where t.tenant_id = x.tenant_id and t.scenario = x.scenario and t.run_id = x.id",
                runs
            );
        }
        foreach (var table in (string[])["run_data", "run_trail"])
            Add(
                $"""
                delete from {table} d using unnest($1::int[], $2::int[], $3::text[]) as x (tenant_id, scenario, profile_id), run_history h
                where h.tenant_id = x.tenant_id and h.scenario = x.scenario and h.profile_id = x.profile_id
                  and d.tenant_id = h.tenant_id and d.scenario = h.scenario and d.run_id = h.id
                """,
                profiles
            );
        Add(
            """
            update run_history h set profile_id = '', has_content = false from unnest($1::int[], $2::int[], $3::text[]) as x (tenant_id, scenario, profile_id)
            where h.tenant_id = x.tenant_id and h.scenario = x.scenario and h.profile_id = x.profile_id
            """,
            profiles
        );
        Add(
            """
            delete from profile_entry e using unnest($1::int[], $2::int[], $3::text[]) as x (tenant_id, scenario, profile_id)
            where e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.profile_id = x.profile_id
            """,
            profiles
        );
    }

    /// <summary>Statistics are kept in quarter hours of UTC.</summary>
    private static DateTimeOffset Quarter(DateTimeOffset now) =>
        new(now.Ticks - now.Ticks % (TimeSpan.TicksPerMinute * 15), TimeSpan.Zero);

    private List<(LedgerWrite Write, T Row)> Rows<T>(Func<LedgerWrite, IEnumerable<T>> rows)
    {
        var all = new List<(LedgerWrite, T)>();
        foreach (var write in writes)
        foreach (var row in rows(write))
            all.Add((write, row));
        return all;
    }

    private static Parameter[] Keys<T>(List<(LedgerWrite Write, T Row)> rows) =>
        [P(rows.ConvertAll(r => r.Write.Key.Tenant)), P(rows.ConvertAll(r => r.Write.Key.Scenario))];

    private static Parameter[] Standing(List<(LedgerWrite Write, RunRow Row)> rows) =>
        [
            P(rows.ConvertAll(r => r.Row.State.Element)),
            P(rows.ConvertAll(r => (short)r.Row.State.Phase)),
            P(rows.ConvertAll(r => r.Row.State.Step)),
        ];

    private static Parameter[] Waiting(List<(LedgerWrite Write, RunRow Row)> rows) =>
        [
            P(rows.ConvertAll(r => r.Row.State.ArrivedAt)),
            P(rows.ConvertAll(r => r.Row.State.Due)),
            P(rows.ConvertAll(r => r.Row.State.Stoppable)),
            P(rows.ConvertAll(r => r.Row.State.Revision)),
        ];

    private delegate NpgsqlParameter Parameter();

    private static Parameter P<T>(T value) => () => new NpgsqlParameter<T> { TypedValue = value };

    private void Run(string sql, List<int> first, List<int> second) => Add(sql, P(first), P(second));

    private void Add(string sql, params Parameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter());
        batch.BatchCommands.Add(command);
    }
}
