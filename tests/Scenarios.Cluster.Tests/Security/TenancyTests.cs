using System.Text.RegularExpressions;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Security;

/// <summary>
/// No statement forgets the tenant: each mention of a tenant's table is bound to a tenant, or is listed here with its reason.
/// </summary>
public sealed partial class TenancyTests
{
    private static readonly string[] Tables =
    [
        "token",
        "profile_database",
        "profile",
        "receipt",
        "audit",
        "scenario",
        "scenario_revision",
        "scenario_generation",
        "partition",
        "run",
        "run_data",
        "run_trail",
        "run_history",
        "profile_entry",
        "live_count",
        "period_count",
        "effect",
        "task",
        "task_part",
        "listener",
        "profile_claim",
    ];

    /// <summary>
    /// What serves the whole cluster and hands on what it finds with its tenant, learns the tenant, or is bound further on.
    /// </summary>
    private static readonly (string File, string Begin, string Why)[] OfTheCluster =
    [
        ("TokenStore.cs", "select {Columns} from token where id = $1", "a token tells the tenant"),
        ("TokenHashes.cs", "select exists (select from token where hash_key", "whether this node has all keys, whoever's"),
        (
            "TokenHashes.cs",
            "select tenant_id, id, hash from token where hash_key is null",
            "finds hashes that lie plain, whoever's"
        ),
        ("TenantStore.cs", "select 1 from token where id = $1", "the first token is made once"),
        ("DeadRuns.cs", "with ended as (", "buries ended generations, whoever's; every join is by tenant"),
        (
            "OverdueSlices.cs",
            "select p.tenant_id, p.scenario, p.partition from partition",
            "finds slices that are due, whoever's"
        ),
        (
            "OverdueSlices.cs",
            "select p.tenant_id, p.scenario, p.partition from scenario",
            "finds slices that an edit has not reached, whoever's"
        ),
        (
            "OverdueSlices.cs",
            "select s.tenant_id, s.number, 0::smallint from scenario",
            "finds scenarios that have finished, whoever's"
        ),
        (
            "TaskStore.cs",
            "select tenant_id, id from task where state = 'running'",
            "finds tasks whose owner is gone, whoever's"
        ),
        ("OutOfDate.cs", "select s.tenant_id, s.number from scenario s", "finds scenarios that have left the trash, whoever's"),
        (
            "OutOfDate.cs",
            "with old as materialized ( select r.tenant_id, r.key from receipt",
            "forgets keys that are out of date, whoever's"
        ),
        ("StandingReads.cs", "select r.id, r.profile_id", "the head of a statement whose where begins with s.tenant_id = $1"),
        (
            "ClusterReads.cs",
            "select p.tenant_id, p.scenario, p.partition, p.owner",
            "the state of the cluster, for who runs it"
        ),
        (
            "OutOfDate.cs",
            "with old as materialized ( select c.tenant_id, c.database, c.identity from profile_claim",
            "forgets claims that are out of date, of every tenant"
        ),
        (
            "ListenerRows.cs",
            "select tenant_id, number from scenario where listens_revision",
            "finds scenarios whose listeners are not written yet, of every tenant"
        ),
        ("ClusterReads.cs", "select count(*) from partition p", "the state of the cluster, for who runs it"),
    ];

    [Fact]
    public void Every_statement_binds_every_table_to_its_tenant()
    {
        var (statements, unused) = (0, OfTheCluster.ToHashSet());
        foreach (
            var file in Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "src", "Scenarios.Storage"), "*.cs", SearchOption.AllDirectories)
                .Where(f => !f.Contains("/obj/", StringComparison.Ordinal))
        )
        foreach (
            var sql in Literal()
                .Matches(File.ReadAllText(file))
                .Select(m => Space().Replace(m.Groups[1].Value + m.Groups[2].Value, " ").Trim())
        )
        {
            var mentions = Regex.Count(sql, $@"\b(from|join|into|update|using) (only )?({string.Join('|', Tables)})\b");
            if (mentions == 0)
                continue;
            statements++;
            if (
                OfTheCluster.FirstOrDefault(o =>
                    Path.GetFileName(file) == o.File && sql.StartsWith(o.Begin, StringComparison.Ordinal)
                ) is
                { File: not null } known
            )
                unused.Remove(known);
            else
                Assert.True(
                    Bound().Count(sql) >= mentions,
                    $"{Path.GetFileName(file)}: {mentions} tables, {Bound().Count(sql)} bound to their tenant: {sql}"
                );
        }
        Assert.InRange(statements, 100, 1000);
        Assert.Empty(unused);
    }

    /// <summary>The schema helps: a key of such a table begins with the tenant.</summary>
    [Fact]
    public void Every_table_of_a_tenant_is_known_here_and_its_key_begins_with_the_tenant()
    {
        var migrations = string.Join(
            '\n',
            Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "src", "Scenarios.Storage", "Migrations"), "*.sql")
                .Order(StringComparer.Ordinal)
                .Where(f => !f.Contains("0001", StringComparison.Ordinal))
                .Select(File.ReadAllText)
        );
        var tables = Table()
            .Matches(migrations)
            .Where(m => m.Groups[2].Value.Contains("tenant_id", StringComparison.Ordinal))
            .ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        Assert.Empty(tables.Keys.Except(Tables));
        foreach (var (name, columns) in tables)
            Assert.True(
                name == "token" || columns.Contains("primary key (tenant_id", StringComparison.Ordinal),
                $"the key of {name} does not begin with the tenant"
            );
    }

    [GeneratedRegex(
        """
            \$*\"{3}(.*?)\"{3}|\$?"((?:[^"\\\n]|\\.)*)"
            """,
        RegexOptions.Singleline
    )]
    private static partial Regex Literal();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(
        @"tenant_id\s*=|=\s*\w+\.tenant_id|\(\w*\.?tenant_id,[^)]*\)\s*(?:=|in)"
            + @"|using \(tenant_id|into \w+(?: as \w+)? \((?:id, )?tenant_id"
            // The columns of the ledger's tables begin with the tenant (LedgerTablesTests).
            + @"|into \w+(?: as \w+)? \(\{\w+\.Names\}"
    )]
    private static partial Regex Bound();

    [GeneratedRegex(@"create table (\w+) \((.*?)\n\)", RegexOptions.Singleline)]
    private static partial Regex Table();
}
