using System.Text.Json;

namespace Scenarios.Api.Captures;

// Shapes of captures and their answers, for the reference: both are read and written by hand.

/// <param name="ProfileId">This, or <paramref name="Match"/>.</param>
/// <param name="Profile">Merged into the profile; creates it when there is none.</param>
/// <param name="Content">At most 64 KB and 16 levels; kept as it was sent.</param>
/// <param name="Start">The trigger to start at; the default one when absent.</param>
public sealed record CaptureToSend(
    string? ProfileId = null,
    CaptureMatch? Match = null,
    Profiles.ProfileInput? Profile = null,
    JsonElement? Content = null,
    string? Start = null
);

/// <summary>One of email, phone, and field with value.</summary>
public sealed record CaptureMatch(string? Email = null, string? Phone = null, string? Field = null, JsonElement? Value = null);

/// <param name="RunId">When accepted.</param>
/// <param name="Reason">When declined.</param>
/// <param name="ProfileApplied">A declined capture's profile was merged all the same.</param>
public sealed record CaptureResponse(bool Accepted, Guid? RunId = null, string? Reason = null, bool? ProfileApplied = null);

public sealed record BatchToSend(IReadOnlyList<BatchToSend.Item> Items)
{
    /// <param name="Key">The item's own idempotency key; else it is the header's, with the item's place.</param>
    public sealed record Item(
        string? ProfileId = null,
        CaptureMatch? Match = null,
        Profiles.ProfileInput? Profile = null,
        JsonElement? Content = null,
        string? Start = null,
        string? Key = null
    );
}

public sealed record BatchResponse(int Accepted, int Declined, int Failed, IReadOnlyList<BatchResponse.Item> Items)
{
    public sealed record Item(
        bool? Accepted = null,
        Guid? RunId = null,
        string? Reason = null,
        bool? ProfileApplied = null,
        Error? Error = null,
        bool? Replayed = null
    );

    public sealed record Error(int Status, string Code, string Path, string Message);
}
