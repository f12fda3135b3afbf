using System.Text.RegularExpressions;

namespace Scenarios.Engine.Tests.Source;

/// <summary>
/// What we agreed on about the text of our C#, and neither the compiler nor the formatter looks at. The rules read lines, not
/// syntax: they are cheap, and they say of each offender where it is.
/// </summary>
public sealed partial class SourceTests
{
    private const int Columns = 130;

    /// <summary>
    /// What others call, by the name that they give it: Orleans' reminders and filters, and the middleware of ASP.NET.
    /// </summary>
    private static readonly string[] NamedByFrameworks = ["ReceiveReminder", "Invoke"];

    /// <summary>
    /// Text in raw literals, which is SQL and the data of tests, is as wide as it is; so are the rows of data of a theory.
    /// </summary>
    [Fact]
    public void No_line_is_wider_than_130_columns_unless_it_is_a_raw_literal_or_a_row_of_data() =>
        AssertNone(
            SourceFile.All.SelectMany(file =>
                file.Lines.Where(line =>
                    line.Text.Length > Columns
                    && !line.IsRaw
                    && !line.Text.TrimStart().StartsWith("[InlineData(", StringComparison.Ordinal)
                )
            )
        );

    /// <summary>
    /// Grains say what is done, not how; tests are sentences; who overrides or implements a framework's method has its name.
    /// </summary>
    [Fact]
    public void Methods_that_return_a_task_end_in_Async()
    {
        var grains = SourceFile
            .All.Where(f => f.IsIn("src"))
            .SelectMany(f => GrainInterface().Matches(f.Text))
            .SelectMany(i => i.Value.Split('\n'))
            .Select(line => TaskMethod().Match(line).Groups["name"].Value)
            .Where(name => name.Length > 0)
            .ToHashSet();
        Assert.Contains("Capture", grains);
        AssertNone(
            SourceFile.All.SelectMany(file =>
                file.Lines.Where(line =>
                    !line.IsRaw
                    && TaskMethod().Match(line.Text) is { Success: true } method
                    && method.Groups["name"].Value is var name
                    && !name.EndsWith("Async", StringComparison.Ordinal)
                    && !method.Value.Contains(" override ", StringComparison.Ordinal)
                    && !name.Contains('_')
                    && !grains.Contains(name)
                    && !NamedByFrameworks.Contains(name)
                )
            )
        );
    }

    [Fact]
    public void Every_log_message_is_in_a_sibling_Log_cs() =>
        AssertNone(
            SourceFile
                .All.Where(f => !f.Path.EndsWith(".Log.cs", StringComparison.Ordinal))
                .SelectMany(f =>
                    f.Lines.Where(line =>
                        line.Text.TrimStart().StartsWith("[LoggerMessage", StringComparison.Ordinal) && !line.IsRaw
                    )
                )
        );

    [Fact]
    public void Every_rule_that_is_switched_off_has_its_reason_beside_it()
    {
        AssertNone(
            SourceFile.All.SelectMany(file =>
                file.Lines.Where(line =>
                    Disabled().IsMatch(line.Text)
                    && !line.Text.Contains("//", StringComparison.Ordinal)
                    && !(
                        line.Number > 1
                        && file.Lines[line.Number - 2].Text.TrimStart().StartsWith("//", StringComparison.Ordinal)
                    )
                )
            )
        );
        AssertNone(
            new SourceFile(".editorconfig").Lines.Where(line =>
                line.Text.Contains(".severity = none", StringComparison.Ordinal) && !Reason().IsMatch(line.Text)
            )
        );
    }

    private static void AssertNone(IEnumerable<SourceLine> offenders) =>
        Assert.True(!offenders.Any(), string.Join("\n", offenders.Select(o => o.ToString())));

    [GeneratedRegex(@"interface I\w*Grain\b.*?^}", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex GrainInterface();

    /// <summary>
    /// A declaration begins its line: nothing but modifiers before the type, a name and a parenthesis behind it.
    /// </summary>
    [GeneratedRegex(
        @"^\s+(?:(?:public|private|protected|internal|static|async|virtual|sealed|abstract|partial|new|override) )*"
            + @"(?:Task|ValueTask)(?:<.+?>)? (?<name>\w+)(?:<\w+>)?\("
    )]
    private static partial Regex TaskMethod();

    [GeneratedRegex(@"^\s*(#pragma warning disable|\[(assembly: )?SuppressMessage)")]
    private static partial Regex Disabled();

    [GeneratedRegex(@"# \S+ \S")]
    private static partial Regex Reason();
}
