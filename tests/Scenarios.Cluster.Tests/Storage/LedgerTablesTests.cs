using System.Reflection;
using System.Text.RegularExpressions;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Storage.Ledger;

namespace Scenarios.Cluster.Tests.Storage;

/// <summary>The columns that the ledger says once are those of the schema.</summary>
public sealed partial class LedgerTablesTests(TestPostgres postgres)
{
    private static IEnumerable<FieldInfo> Fields =>
        typeof(RunLedger)
            .Assembly.GetTypes()
            .Where(t => t.Namespace == "Scenarios.Storage.Ledger.Tables")
            .SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public));

    [Fact]
    public async Task Every_insert_names_each_column_that_has_no_default_and_none_that_does_not_exist()
    {
        await using var database = await TestDatabase.NewAsync(postgres);
        var inserts = Fields
            .Where(f => f.FieldType == typeof(string))
            .Select(f => Insert().Match((string)f.GetValue(null)!))
            .Where(m => m.Success)
            .ToDictionary(m => m.Groups["table"].Value, m => m.Groups["columns"].Value.Split(", ").ToHashSet());

        Assert.True(inserts.Count >= 10, $"only {inserts.Count} inserts found");
        foreach (var (table, columns) in inserts)
        {
            var known = await ColumnsAsync(database, table);
            Assert.True(columns.IsSubsetOf(known.Keys), $"{table} has no {string.Join(", ", columns.Except(known.Keys))}");
            var needed = known.Where(c => c.Value).Select(c => c.Key).ToHashSet();
            Assert.True(columns.IsSupersetOf(needed), $"{table} also needs {string.Join(", ", needed.Except(columns))}");
        }
    }

    /// <returns>Each column of the table, and whether an insert has to name it.</returns>
    private static async Task<Dictionary<string, bool>> ColumnsAsync(TestDatabase database, string table)
    {
        await using var command = database.Ledger.CreateCommand(
            """select column_name::text, is_nullable = 'NO' and column_default is null from information_schema.columns where table_name = $1"""
        );
        command.Parameters.AddWithValue(table);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var columns = new Dictionary<string, bool>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            columns.Add(reader.GetString(0), reader.GetBoolean(1));
        return columns;
    }

    /// <summary>So a statement over them is bound to the tenant of each row.</summary>
    [Fact]
    public void Every_list_of_columns_has_the_tenant()
    {
        var lists = Fields.Where(f => f.FieldType.Name.StartsWith("Columns", StringComparison.Ordinal)).ToList();

        Assert.True(lists.Count >= 20, $"only {lists.Count} lists found");
        Assert.All(lists, list => Assert.Contains("tenant_id", (IEnumerable<string>)list.GetValue(null)!));
    }

    [GeneratedRegex(@"^\s*insert into (?<table>\w+)(?: as \w+)? \((?<columns>[^)]*)\)")]
    private static partial Regex Insert();
}
