using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Scenarios.Storage;

/// <summary>
/// One file of the schema's history, <c>Migrations/NNNN_name.sql</c>. Its first line declares its compatibility:
/// <list type="bullet">
/// <item><c>-- since NNNN</c>: nodes that know the schema up to that number go on beside it, and start on it. It is
/// one transaction of statements that are fast on a table of any size.</item>
/// <item><c>-- since NNNN, in steps</c>: the same for slow work, such as an index that is built concurrently, or a
/// <c>do</c> that changes and commits some thousand rows at a time. Lines <c>-- step</c> separate the steps, each a
/// transaction of its own. After a crash in the middle all steps run again from the first: each must be repeatable.</item>
/// <item>no such line: no older node may run beside it or start on it.</item>
/// </list>
/// </summary>
public sealed partial class Migration
{
    public Migration(string name, string sql)
    {
        (Name, Sql, Number) = (name, sql.ReplaceLineEndings("\n"), int.Parse(name.AsSpan(0, 4)));
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
        var said = Heading().Match(Sql);
        Since = said.Success ? int.Parse(said.Groups["since"].ValueSpan) : Number;
        if (said.Groups["steps"].Success)
            Steps = [.. Step().Split(Sql).Select(step => step.Trim()).Where(step => step.Length > 0)];
    }

    public int Number { get; }

    public string Name { get; }

    public string Sql { get; }

    public string Hash { get; }

    /// <summary>The oldest schema version whose programs can work on this one: its own number when none can.</summary>
    public int Since { get; }

    /// <summary>Empty: it is one transaction.</summary>
    public IReadOnlyList<string> Steps { get; } = [];

    /// <summary>The migrations of this program, 1 to n.</summary>
    public static IReadOnlyList<Migration> All { get; } = ReadAll();

    private static List<Migration> ReadAll()
    {
        const string Prefix = "Scenarios.Storage.Migrations.",
            Suffix = ".sql";
        var assembly = Assembly.GetExecutingAssembly();
        var all = assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(resource =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                return new Migration(resource[Prefix.Length..^Suffix.Length], reader.ReadToEnd());
            })
            .OrderBy(migration => migration.Number)
            .ToList();
        return all.Select(migration => migration.Number).SequenceEqual(Enumerable.Range(1, all.Count))
            ? all
            : throw new InvalidOperationException(
                $"Migrations are not numbered 0001 to {all.Count:0000} one by one: {string.Join(", ", all.Select(m => m.Name))}."
            );
    }

    [GeneratedRegex(@"\A-- since (?<since>\d{4})(?<steps>, in steps)?\n")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^-- (?:step|since \d{4}, in steps)\n", RegexOptions.Multiline)]
    private static partial Regex Step();
}
