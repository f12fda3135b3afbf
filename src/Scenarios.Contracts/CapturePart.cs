using System.Text.Json.Serialization;

namespace Scenarios.Contracts;

/// <summary>A piece of a batch that became a task: its captures, resolved to their slices and each under a key.</summary>
public sealed record CapturePart(IReadOnlyList<CapturePart.Wanted> Items)
{
    /// <summary>Items of one piece: one call for each slice, one note in the task's row.</summary>
    public const int Size = 1000;

    /// <summary>Without what it was to send of a profile that was deleted before its turn came.</summary>
    /// <param name="part">Which piece of its batch it is.</param>
    public CapturePart Without(string profileId, int part) =>
        new([
            .. Items.Select(
                (item, i) =>
                    item.Capture?.ProfileId != profileId
                        ? item
                        : new Wanted(
                            item.Partition,
                            null,
                            new Fault(
                                $"/items/{part * Size + i}",
                                "profileDeleted",
                                "The profile was deleted before it was processed.",
                                null,
                                false
                            )
                        )
            ),
        ]);

    /// <param name="Capture">Null when the item was no good; then there is a <paramref name="Fault"/>.</param>
    public sealed record Wanted(int Partition, Capture? Capture, Fault? Fault);
}

/// <summary>What became of a piece, in the order of its items.</summary>
public sealed record CapturePartOutcome(IReadOnlyList<CapturePartOutcome.Came> Items)
{
    /// <param name="Run">When it was accepted.</param>
    /// <param name="HasProfile">The capture brought a profile, which is merged also when it is declined.</param>
    public sealed record Came(CaptureResult Result, Guid Run, string? Reason, bool Replayed, bool HasProfile, Fault? Fault)
    {
        public CaptureOutcome Outcome => new(Result, Run, Reason, Replayed);
    }
}

/// <summary>
/// Keys that a task gives to captures whose caller gave none. They begin with a character that no caller may send.
/// </summary>
public static class TaskKeys
{
    private const string Prefix = "\u0001batch/";

    public static string Of(Guid batch, int item) => $"{Prefix}{batch:N}/{item}";

    public static bool IsOurs(string key) => key.StartsWith(Prefix, StringComparison.Ordinal);
}

/// <summary>How tasks keep them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(CapturePart))]
[JsonSerializable(typeof(CapturePartOutcome))]
public sealed partial class ContractsJson : JsonSerializerContext;
