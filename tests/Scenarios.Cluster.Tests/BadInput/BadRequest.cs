using System.Text;

namespace Scenarios.Cluster.Tests.BadInput;

/// <summary>One line of the catalogue: a request, and what it must get.</summary>
/// <param name="Row">In section 4 of the requirements for reliability.</param>
/// <param name="Path">With <c>{run}</c> and <c>{ended}</c> for the runs of the <see cref="Scene"/>.</param>
/// <param name="Code">Of the problem details; null where the server itself answers, without a body.</param>
/// <param name="At">JSON pointer of the first fault.</param>
internal sealed record BadRequest(int Row, string Method, string Path, int Status, string? Code, string? At = null)
{
    public byte[]? Body { get; init; }
    public string? Type { get; init; } = "application/json";
    public (string Name, string Value)[] Headers { get; init; } = [];

    /// <summary>A word of the detail.</summary>
    public string? Says { get; init; }

    /// <summary>The token's role, when it is not the admin's.</summary>
    public string? Role { get; init; }

    /// <summary>The answer is no refusal, and something may have changed.</summary>
    public bool IsTaken => Status < 300;

    public override string ToString()
    {
        var body = Body is null ? "" : Encoding.UTF8.GetString(Body, 0, Math.Min(Body.Length, 90));
        return (
            $"{Row}: {Method} {(Path.Length > 80 ? Path[..80] : Path)} "
            + $"{string.Concat(body.Select(c => c is >= ' ' and <= '~' ? c : '?'))} "
            + $"{string.Join(' ', Headers.Select(h => h.Value.Length > 40 ? h.Name : $"{h.Name}={h.Value}"))}"
        ).TrimEnd();
    }
}
