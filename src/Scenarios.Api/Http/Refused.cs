using Scenarios.Contracts;
using Scenarios.Engine;

namespace Scenarios.Api.Http;

/// <summary>Ends a request with problem details. For the edge only: what the core declines is a value.</summary>
/// <param name="code">Stable, camelCase; clients switch over it.</param>
/// <param name="problems">Each fault of the input with its JSON pointer.</param>
public sealed class Refused(int status, string code, string detail, IReadOnlyList<Problem>? problems = null) : Exception(detail)
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    public int Status => status;
    public string Code => code;
    public IReadOnlyList<Problem> Problems => problems ?? [];

    /// <summary>When trying again makes sense.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What is unknown and what belongs to somebody else answer the same.</summary>
    public static Refused NotFound() =>
        new(StatusCodes.Status404NotFound, "notFound", "There is nothing here, or nothing that this token may see.");

    /// <summary>422 with every fault; its code is that of the first.</summary>
    public static Refused Invalid(IReadOnlyList<Problem> problems) =>
        new(StatusCodes.Status422UnprocessableEntity, problems[0].Code, problems[0].Message, problems);

    public static Refused Invalid(string path, string code, string message) => Invalid([new Problem(path, code, message)]);

    /// <summary>What the cluster refuses, by its table of codes.</summary>
    public static Refused Of(RefusalCode code, string detail) =>
        new(code.Status(), code.Text(), detail)
        {
            RetryAfter = code.Status() == StatusCodes.Status503ServiceUnavailable ? TryAgain : null,
        };

    public static Refused Of(Refusal refusal) =>
        new(
            refusal.Status,
            refusal.Code,
            refusal.Detail,
            [
                .. refusal.Faults.Select(f => new Problem(
                    f.Path,
                    f.Code,
                    f.Message,
                    f.Element,
                    f.IsWarning ? Severity.Warning : Severity.Error
                )),
            ]
        );

    /// <summary>Ends the request if a reader has found faults.</summary>
    public static void If(IReadOnlyList<Problem> problems)
    {
        if (problems.Count > 0)
            throw Invalid(problems);
    }
}
