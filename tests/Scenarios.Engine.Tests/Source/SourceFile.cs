using System.Text.RegularExpressions;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Engine.Tests.Source;

/// <param name="IsRaw">It is a part of a raw literal, or has one.</param>
internal sealed record SourceLine(string Path, int Number, string Text, bool IsRaw)
{
    public override string ToString() => $"{Path}:{Number}: {Text.Trim()}";
}

/// <summary>A file of this clone, by its path from the root.</summary>
internal sealed partial class SourceFile(string path)
{
    private static readonly string[] Roots = ["samples", "src", "tests"];
    private static readonly string[] NotSource = ["bin", "obj", "node_modules"];
    private IReadOnlyList<SourceLine>? _lines;

    /// <summary>All C# that somebody has written.</summary>
    public static IReadOnlyList<SourceFile> All { get; } =
    [
        .. Roots
            .SelectMany(root => Under(System.IO.Path.Combine(Repository.Root, root)))
            .Order(StringComparer.Ordinal)
            .Select(file => new SourceFile(System.IO.Path.GetRelativePath(Repository.Root, file))),
    ];

    public string Path => path;
    public string Text { get; } = File.ReadAllText(System.IO.Path.Combine(Repository.Root, path));
    public IReadOnlyList<SourceLine> Lines => _lines ??= [.. Read()];

    public bool IsIn(string root) => path.StartsWith(root + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private IEnumerable<SourceLine> Read()
    {
        var isInside = false;
        foreach (var (index, text) in Text.Split('\n').Index())
        {
            var marks = RawMark().Count(text);
            yield return new SourceLine(path, index + 1, text.TrimEnd('\r'), isInside || marks > 0);
            isInside ^= marks % 2 == 1;
        }
        Assert.False(isInside, $"{path}: a raw literal seems to have no end, so what stands behind it was not looked at");
    }

    private static IEnumerable<string> Under(string folder) =>
        Directory
            .EnumerateFiles(folder, "*.cs")
            .Concat(
                Directory
                    .EnumerateDirectories(folder)
                    .Where(d => !NotSource.Contains(System.IO.Path.GetFileName(d)))
                    .SelectMany(Under)
            );

    [GeneratedRegex("\"{3,}")]
    private static partial Regex RawMark();
}
