using Npgsql;
using Scenarios.Engine.Batches;
using Scenarios.Engine.Runs;

namespace Scenarios.Storage.Ledger;

/// <summary>
/// Reads what the batches of several slices need, in one round trip. Every statement takes its keys as arrays and gives
/// the slice's place (<c>i</c>) back, so that one plan serves any number of slices. All go by <c>now()</c>, which is one instant
/// for the whole round trip: what falls due between two readings of a clock would be found by none of them, and announced by none.
/// </summary>
internal sealed class LedgerReader(IReadOnlyList<SliceRead> slices)
{
    private const string RunColumns = """
        r.id, r.generation, r.profile_id, r.element, r.phase, r.step, r.entered_at, r.arrived_at, r.due, r.stoppable, r.revision, r.depth, r.hops, r.stopped, r.has_content, r.has_kept
        """;

    private const string ProfileColumns =
        "p.id, p.email, p.phone, p.time_zone, p.fields, p.subscriptions, p.created_at, p.updated_at";

    private readonly List<Action<NpgsqlDataReader>> _takers = [];
    private readonly List<(int Slice, int Range)> _scans = [];

    /// <returns>The database's clock, shifted by <paramref name="shift"/> (tests move time with it).</returns>
    public async Task<DateTimeOffset> ReadAsync(
        NpgsqlConnection connection,
        TimeSpan shift,
        CancellationToken cancellationToken
    )
    {
        await using var batch = new NpgsqlBatch(connection);
        var now = default(DateTimeOffset);
        Add(batch, "select now() + $1", reader => now = reader.GetFieldValue<DateTimeOffset>(0), P(shift));
        AddDue(batch, shift);
        AddEffects(batch, shift);
        AddEffectsUnderWay(batch);
        AddRuns(batch);
        AddProfiles(batch);
        AddOpenRuns(batch);
        AddReceipts(batch);
        AddHistories(batch);

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        foreach (var take in _takers)
        {
            while (await reader.ReadAsync(cancellationToken))
                take(reader);
            await reader.NextResultAsync(cancellationToken);
        }
        return now;
    }

    private void AddDue(NpgsqlBatch batch, TimeSpan shift)
    {
        List<int> place = [],
            tenant = [],
            scenario = [],
            limit = [];
        List<short> partition = [];
        List<bool> stoppable = [],
            full = [];
        List<DateTimeOffset> after = [];
        List<DateTimeOffset?> upTo = [];
        List<TimeSpan> stopped = [];
        for (var i = 0; i < slices.Count; i++)
        {
            slices[i].Due = [.. slices[i].Ranges.Select(_ => new List<RunRow>())];
            for (var range = 0; range < slices[i].Ranges.Count; range++)
            {
                var wanted = slices[i].Ranges[range];
                _scans.Add((i, range));
                place.Add(_scans.Count - 1);
                tenant.Add(slices[i].Key.Tenant);
                scenario.Add(slices[i].Key.Scenario);
                partition.Add(slices[i].Key.Partition);
                stoppable.Add(wanted.Stoppable);
                after.Add(wanted.After);
                upTo.Add(wanted.UpTo);
                limit.Add(wanted.Limit);
                stopped.Add(wanted.Stoppable ? slices[i].Stopped : TimeSpan.Zero);
                full.Add(slices[i].WithProfiles);
            }
        }
        if (place.Count == 0)
            return;
        Parameter[] keys =
        [
            P(place),
            P(tenant),
            P(scenario),
            P(partition),
            P(stoppable),
            P(after),
            P(upTo),
            P(limit),
            P(stopped),
            P(full),
            P(shift),
        ];

        // Rows of an ended generation are dead, and may lie here for a while yet.
        // A null key ends an index probe before it begins: profiles and data cost nothing where nobody asks for them.
        // The limit of 1 says nothing new (it is the whole key): it has the planner look up one row for each run. Without statistics it else joined
        // all data of the scenario and threw away what did not fit (PlanTests).
        Add(
            batch,
            $"""
            select x.i, {RunColumns}, {ProfileColumns}, d.content, d.kept
            from unnest($1::int[], $2::int[], $3::int[], $4::smallint[], $5::bool[], $6::timestamptz[], $7::timestamptz[], $8::int[], $9::interval[], $10::bool[])
                as x (i, tenant_id, scenario, partition, stoppable, after, up_to, n, stopped, whole)
            join scenario s on s.tenant_id = x.tenant_id and s.number = x.scenario
            cross join lateral (
                select * from run
                where run.tenant_id = x.tenant_id and run.scenario = x.scenario and run.partition = x.partition and run.stoppable = x.stoppable
                  and run.generation = s.generation and run.due > x.after and run.due <= least(x.up_to, now() + $11 - x.stopped)
                order by run.due limit x.n) as r
            left join lateral (
                select * from profile where profile.tenant_id = x.tenant_id and profile.database = s.database and profile.id = case when x.whole then r.profile_id end limit 1) as p on true
            left join lateral (
                select * from run_data where run_data.tenant_id = x.tenant_id and run_data.scenario = x.scenario
                  and run_data.run_id = case when x.whole and (r.has_content or r.has_kept) then r.id end limit 1) as d on true
            """,
            reader =>
            {
                var (slice, range) = _scans[reader.GetInt32(0)];
                slices[slice].Due[range].Add(Run(reader, 1, whole: true));
            },
            keys
        );
        Add(
            batch,
            """
            select x.i, (
                select r.due + x.stopped from run r
                where r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.partition = x.partition and r.stoppable = x.stoppable
                  and r.due > greatest(x.after, now() + $11 - x.stopped)
                order by r.due limit 1)
            from unnest($1::int[], $2::int[], $3::int[], $4::smallint[], $5::bool[], $6::timestamptz[], $7::timestamptz[], $8::int[], $9::interval[], $10::bool[])
                as x (i, tenant_id, scenario, partition, stoppable, after, up_to, n, stopped, whole)
            where x.up_to is null
            """,
            reader =>
            {
                Earlier(slices[_scans[reader.GetInt32(0)].Slice], reader, 1);
            },
            keys
        );
    }

    private void AddEffects(NpgsqlBatch batch, TimeSpan shift)
    {
        var asking = Asking(s => s.EffectCredit > 0);
        if (asking.Count == 0)
            return;
        Parameter[] keys = [P(asking), .. Keys(asking), P(asking.ConvertAll(i => slices[i].EffectCredit)), P(shift)];
        Add(
            batch,
            """
            select x.i, e.run_id, e.step, e.profile_id, e.element, e.kind, e.generation, e.attempt, e.request, e.outcome
            from unnest($1::int[], $2::int[], $3::int[], $4::smallint[], $5::int[]) as x (i, tenant_id, scenario, partition, n)
            cross join lateral (
                select * from effect
                where effect.tenant_id = x.tenant_id and effect.scenario = x.scenario and effect.partition = x.partition and effect.due <= now() + $6
                order by effect.due, effect.run_id limit x.n) as e
            """,
            reader => slices[reader.GetInt32(0)].Effects.Add(Effect(reader)),
            keys
        );
        Add(
            batch,
            """
            select x.i, (
                select e.due from effect e
                where e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.partition = x.partition and e.due > now() + $6 and e.due < 'infinity'
                order by e.due limit 1)
            from unnest($1::int[], $2::int[], $3::int[], $4::smallint[], $5::int[]) as x (i, tenant_id, scenario, partition, n)
            """,
            reader =>
            {
                Earlier(slices[reader.GetInt32(0)], reader, 1);
            },
            keys
        );
    }

    private void AddEffectsUnderWay(NpgsqlBatch batch)
    {
        var asking = Asking(s => s.AdoptsEffects);
        if (asking.Count == 0)
            return;
        Add(
            batch,
            """
            select x.i, e.run_id, e.step, e.profile_id, e.element, e.kind, e.generation, e.attempt, e.request, e.outcome
            from unnest($1::int[], $2::int[], $3::int[], $4::smallint[]) as x (i, tenant_id, scenario, partition)
            join effect e on e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.partition = x.partition and e.due = 'infinity'
            """,
            reader => slices[reader.GetInt32(0)].EffectsUnderWay.Add(Effect(reader)),
            [P(asking), .. Keys(asking)]
        );
    }

    private void AddRuns(NpgsqlBatch batch)
    {
        var asked = Pairs(s => s.Runs);
        if (asked.Count == 0)
            return;
        Add(
            batch,
            $"""
            select x.i, {RunColumns}, {ProfileColumns}, d.content, d.kept
            from unnest($1::int[], $2::int[], $3::int[], $4::smallint[], $5::uuid[]) as x (i, tenant_id, scenario, partition, id)
            join scenario s on s.tenant_id = x.tenant_id and s.number = x.scenario
            join run r on r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.id = x.id and r.partition = x.partition
            left join lateral (
                select * from profile where profile.tenant_id = x.tenant_id and profile.database = s.database and profile.id = r.profile_id limit 1) as p on true
            left join lateral (
                select * from run_data where run_data.tenant_id = x.tenant_id and run_data.scenario = x.scenario
                  and run_data.run_id = case when r.has_content or r.has_kept then r.id end limit 1) as d on true
            """,
            reader =>
            {
                var run = Run(reader, 1, whole: true);
                slices[reader.GetInt32(0)].RunRows[run.State.Id] = run;
            },
            [P(asked.ConvertAll(a => a.Slice)), .. Keys(asked.ConvertAll(a => a.Slice)), P(asked.ConvertAll(a => a.Value))]
        );
    }

    private void AddProfiles(NpgsqlBatch batch)
    {
        var asked = Pairs(s => s.Profiles);
        if (asked.Count == 0)
            return;
        var places = asked.ConvertAll(a => a.Slice);
        Add(
            batch,
            $"""
            select x.i, x.profile_id, e.entries, e.open, e.generation, e.completed, e.failed, e.last_entered_at, e.last_ended_at, e.recent, e.declined, e.declined_at,
                p.id is not null, case when x.whole then p.id end, p.email, p.phone, p.time_zone, case when x.whole then p.fields end, case when x.whole then p.subscriptions end, p.created_at, p.updated_at
            from unnest($1::int[], $2::int[], $3::int[], $4::smallint[], $5::int[], $6::text[], $7::bool[]) as x (i, tenant_id, scenario, partition, database, profile_id, whole)
            left join profile p on p.tenant_id = x.tenant_id and p.database = x.database and p.id = x.profile_id
            left join profile_entry e on e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.profile_id = x.profile_id
            """,
            reader =>
            {
                var slice = slices[reader.GetInt32(0)];
                var profile = reader.GetString(1);
                if (!reader.IsDBNull(2))
                    slice.Entries[profile] = new EntryRow(
                        reader.GetInt32(2),
                        reader.GetFieldValue<Guid[]>(3),
                        reader.GetInt32(4),
                        reader.GetInt32(5),
                        reader.GetInt32(6),
                        Instant(reader, 7),
                        Instant(reader, 8),
                        reader.IsDBNull(9) ? [] : reader.GetFieldValue<DateTimeOffset[]>(9),
                        Text(reader, 10),
                        Instant(reader, 11)
                    );
                if (reader.GetBoolean(12))
                    slice.ProfileRows[profile] = Profile(reader, 13) ?? ProfileOverlay.Empty(profile, default);
            },
            [
                P(places),
                .. Keys(places),
                P(places.ConvertAll(i => slices[i].Database)),
                P(asked.ConvertAll(a => a.Value)),
                P(places.ConvertAll(i => slices[i].WithProfiles)),
            ]
        );
    }

    private void AddOpenRuns(NpgsqlBatch batch)
    {
        var asked = Pairs(s => s.WithOpenRuns ? s.Profiles : []);
        if (asked.Count == 0)
            return;
        var places = asked.ConvertAll(a => a.Slice);
        Add(
            batch,
            $"""
            select x.i, {RunColumns}
            from unnest($1::int[], $2::int[], $3::int[], $4::smallint[], $5::text[]) as x (i, tenant_id, scenario, partition, profile_id)
            join profile_entry e on e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.profile_id = x.profile_id
            cross join lateral unnest(e.open) as o (id)
            join run r on r.tenant_id = x.tenant_id and r.scenario = x.scenario and r.id = o.id
            """,
            reader =>
            {
                var run = Run(reader, 1, whole: false);
                slices[reader.GetInt32(0)].RunRows.TryAdd(run.State.Id, run);
            },
            [P(places), .. Keys(places), P(asked.ConvertAll(a => a.Value))]
        );
    }

    private void AddReceipts(NpgsqlBatch batch)
    {
        var asked = Pairs(s => s.Keys);
        if (asked.Count == 0)
            return;
        Add(
            batch,
            """
            select x.i, t.key, t.route, t.hash, t.status, t.answer, t.run_id, t.at
            from unnest($1::int[], $2::int[], $3::text[]) as x (i, tenant_id, key)
            join receipt t on t.tenant_id = x.tenant_id and t.key = x.key
            """,
            reader =>
            {
                slices[reader.GetInt32(0)].Receipts[reader.GetString(1)] = new ReceiptRow(
                    reader.GetString(2),
                    reader.GetFieldValue<byte[]>(3),
                    reader.IsDBNull(4) ? null : reader.GetInt16(4),
                    Text(reader, 5),
                    reader.IsDBNull(6) ? null : reader.GetGuid(6),
                    reader.GetFieldValue<DateTimeOffset>(7)
                );
            },
            P(asked.ConvertAll(a => a.Slice)),
            P(asked.ConvertAll(a => slices[a.Slice].Key.Tenant)),
            P(asked.ConvertAll(a => a.Value))
        );
    }

    /// <summary>Histories are asked for the profiles of captures only; runs that wake ask for theirs in <see cref="ReadHistoriesAsync"/>.</summary>
    private void AddHistories(NpgsqlBatch batch)
    {
        var asked = new List<(int Slice, string Profile, int Scenario)>();
        for (var i = 0; i < slices.Count; i++)
            foreach (var number in slices[i].ScenariosAsked)
            foreach (var profile in slices[i].Profiles)
                asked.Add((i, profile, number));
        AddHistories(batch, asked);
    }

    private void AddHistories(NpgsqlBatch batch, List<(int Slice, string Profile, int Scenario)> asked)
    {
        if (asked.Count == 0)
            return;
        Add(
            batch,
            """
            select x.i, x.profile_id, x.scenario, e.entries, case when e.generation = s.generation then cardinality(e.open) else 0 end, e.completed, e.failed
            from unnest($1::int[], $2::int[], $3::int[], $4::text[]) as x (i, tenant_id, scenario, profile_id)
            join scenario s on s.tenant_id = x.tenant_id and s.number = x.scenario
            join profile_entry e on e.tenant_id = x.tenant_id and e.scenario = x.scenario and e.profile_id = x.profile_id
            """,
            reader =>
            {
                slices[reader.GetInt32(0)].Histories[(reader.GetString(1), reader.GetInt32(2))] = new ScenarioHistory(
                    reader.GetInt32(3),
                    reader.GetInt32(4),
                    reader.GetInt32(5),
                    reader.GetInt32(6)
                );
            },
            P(asked.ConvertAll(a => a.Slice)),
            P(asked.ConvertAll(a => slices[a.Slice].Key.Tenant)),
            P(asked.ConvertAll(a => a.Scenario)),
            P(asked.ConvertAll(a => a.Profile))
        );
    }

    /// <summary>Second round, only where a definition asks for other scenarios: the histories of the profiles of the runs that were found.</summary>
    public async Task ReadHistoriesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var asked = new List<(int Slice, string Profile, int Scenario)>();
        for (var i = 0; i < slices.Count; i++)
        {
            var runs = slices[i].Due.SelectMany(d => d).Concat(slices[i].RunRows.Values);
            foreach (var number in slices[i].ScenariosAsked)
            foreach (var profile in runs.Select(r => r.State.ProfileId).Distinct())
                asked.Add((i, profile, number));
        }
        if (asked.Count == 0)
            return;
        _takers.Clear();
        await using var batch = new NpgsqlBatch(connection);
        AddHistories(batch, asked);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            _takers[0](reader);
    }

    private List<int> Asking(Func<SliceRead, bool> wants) =>
        [.. Enumerable.Range(0, slices.Count).Where(i => wants(slices[i]))];

    private List<(int Slice, T Value)> Pairs<T>(Func<SliceRead, IEnumerable<T>> values)
    {
        var pairs = new List<(int, T)>();
        for (var i = 0; i < slices.Count; i++)
            foreach (var value in values(slices[i]))
                pairs.Add((i, value));
        return pairs;
    }

    private Parameter[] Keys(List<int> places) =>
        [
            P(places.ConvertAll(i => slices[i].Key.Tenant)),
            P(places.ConvertAll(i => slices[i].Key.Scenario)),
            P(places.ConvertAll(i => slices[i].Key.Partition)),
        ];

    private void Add(NpgsqlBatch batch, string sql, Action<NpgsqlDataReader> take, params Parameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter());
        batch.BatchCommands.Add(command);
        _takers.Add(take);
    }

    private delegate NpgsqlParameter Parameter();

    /// <summary>A parameter belongs to one command, so each use makes its own.</summary>
    private static Parameter P<T>(T value) => () => new NpgsqlParameter<T> { TypedValue = value };

    private static RunRow Run(NpgsqlDataReader reader, int at, bool whole) =>
        new(
            reader.GetInt32(at + 1),
            new RunState(
                reader.GetGuid(at),
                reader.GetString(at + 2),
                reader.GetString(at + 3),
                (RunPhase)reader.GetInt16(at + 4),
                reader.GetInt32(at + 5),
                reader.GetFieldValue<DateTimeOffset>(at + 6),
                reader.GetFieldValue<DateTimeOffset>(at + 7),
                Instant(reader, at + 8),
                reader.GetBoolean(at + 9),
                reader.GetInt32(at + 10),
                reader.GetInt16(at + 11),
                reader.GetInt16(at + 12),
                reader.GetFieldValue<TimeSpan>(at + 13)
            ),
            reader.GetBoolean(at + 14),
            reader.GetBoolean(at + 15)
        )
        {
            Profile = whole ? Profile(reader, at + 16) : null,
            Content = whole ? Text(reader, at + 24) : null,
            Kept = whole ? Text(reader, at + 25) : null,
        };

    private static ProfileFacts? Profile(NpgsqlDataReader reader, int at) =>
        reader.IsDBNull(at)
            ? null
            : new ProfileFacts(
                reader.GetString(at),
                Text(reader, at + 1),
                Text(reader, at + 2),
                Text(reader, at + 3),
                JsonMerge.Parse(reader.GetString(at + 4)),
                JsonMerge.Parse(reader.GetString(at + 5)),
                reader.GetFieldValue<DateTimeOffset>(at + 6),
                reader.GetFieldValue<DateTimeOffset>(at + 7)
            );

    private static EffectRow Effect(NpgsqlDataReader reader) =>
        new(
            reader.GetGuid(1),
            reader.GetInt32(2),
            reader.GetString(3),
            reader.GetString(4),
            reader.GetString(5),
            reader.GetInt32(6),
            reader.GetInt32(7),
            reader.GetString(8),
            Text(reader, 9)
        );

    private static void Earlier(SliceRead slice, NpgsqlDataReader reader, int at)
    {
        if (Instant(reader, at) is { } due && (slice.NextDue is null || due < slice.NextDue))
            slice.NextDue = due;
    }

    private static string? Text(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetString(at);

    private static DateTimeOffset? Instant(NpgsqlDataReader reader, int at) =>
        reader.IsDBNull(at) ? null : reader.GetFieldValue<DateTimeOffset>(at);
}
