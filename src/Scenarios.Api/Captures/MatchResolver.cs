using System.Buffers;
using System.Text;
using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine.Runs;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Captures;

// Why this file is the way it is.
//
// A capture that names its profile by an address has to become a capture of one id, since a profile's id says which slice
// decides about it. Where the address is known, that is the id of the profile that has it. Where it is not, and the
// capture brings a
// profile, several callers may be about to create it at the same instant, on several nodes: each would create its own, and every
// re-entry mode would admit all of them. So the id is claimed in the database before anything is captured. All callers get the id
// that won, meet in its slice, and the slice does the rest: one profile, one decision after the other.
//
// A claim reserves an id, nothing more. If its caller dies before it captures, the next one takes the same id. If
// the profile has
// another address by now, the claim is replaced.

/// <summary>
/// Finds the profiles that captures name by an address or a field; claims an id for the one a capture is to create.
/// </summary>
internal sealed class MatchResolver(MatchReads reads)
{
    /// <summary>
    /// For each request the capture to send. One that finds no profile (and brings none), or two, goes on as
    /// declined, so that it
    /// is counted.
    /// </summary>
    public async Task<Resolved[]> ResolveAsync(
        int tenant,
        ScenarioAddress scenario,
        IReadOnlyList<(CaptureRequest Request, string? Key, byte[]? Hash)> items,
        CancellationToken cancellationToken
    )
    {
        var asked = items.Where(i => i.Request.Match is not null).Select(i => i.Request.Match!).Distinct().ToList();
        if (asked.Count == 0)
            return [.. items.Select(item => Resolve(scenario, item.Request, item.Key, item.Hash))];
        var database = scenario.Place.Database;
        var looked = await reads.FindAsync(tenant, database, asked, cancellationToken);
        var found = asked.Zip(looked).ToDictionary(p => p.First, p => p.Second);
        var claims = items
            .Where(i => i.Request is { Match: not null, Profile: not null })
            .Select(i => i.Request.Match!)
            .Distinct()
            .Where(match => found[match] is { Ids.Length: 0 } seen && (seen.Claimed is null || seen.IsCreated))
            .Select(match => new ProfileClaim(match, Guid.CreateVersion7().ToString(), found[match].Claimed))
            .ToList();
        if (claims.Count > 0)
        {
            var held = await reads.ClaimAsync(tenant, database, claims, cancellationToken);
            foreach (var (claim, id) in claims.Zip(held))
                found[claim.Match] = new MatchFound([], id, IsCreated: false);
        }
        var created = new Dictionary<(MatchKind, string?, string), string>();
        return [.. items.Select(item => Resolve(scenario, item.Request, item.Key, item.Hash, found, created))];
    }

    /// <summary>A capture that names its profile needs no look.</summary>
    public static Resolved Resolve(ScenarioAddress scenario, CaptureRequest request, string? key, byte[]? hash) =>
        new(
            PartitionOf.Of(request.ProfileId!, scenario.Place.Partitions),
            new Capture(request.ProfileId!, request.Profile, request.Content, request.Start, key, hash, 0, null)
        );

    private static Resolved Resolve(
        ScenarioAddress scenario,
        CaptureRequest request,
        string? key,
        byte[]? hash,
        Dictionary<ProfileMatch, MatchFound> found,
        Dictionary<(MatchKind, string?, string), string> created
    )
    {
        if (request.Match is not { } match)
            return Resolve(scenario, request, key, hash);
        if (found[match].Ids is [var known, ..])
            return found[match].Ids.Length > 1
                ? Declined(scenario, match, DeclineReason.AmbiguousMatch, key, hash)
                : Resolve(scenario, request with { ProfileId = known }, key, hash);

        var identity = (match.Kind, match.Field, match.Kind == MatchKind.Email ? match.Value.ToLowerInvariant() : match.Value);
        if (request.Profile is { } profile)
        {
            created[identity] = found[match].Claimed!;
            request = request with { Profile = Complete(profile, match) };
        }
        // One without a profile finds what an item before it in the same list creates.
        return created.TryGetValue(identity, out var id)
            ? Resolve(scenario, request with { ProfileId = id }, key, hash)
            : Declined(scenario, match, DeclineReason.ProfileNotFound, key, hash);
    }

    /// <summary>A capture without a profile goes to the slice of the value that was looked for.</summary>
    private static Resolved Declined(ScenarioAddress scenario, ProfileMatch match, string reason, string? key, byte[]? hash) =>
        new(PartitionOf.Of(match.Value, scenario.Place.Partitions), new Capture("", null, null, null, key, hash, 0, reason));

    /// <summary>
    /// The new profile has the address it was looked for by. (One that says otherwise was refused when it was read.)
    /// </summary>
    private static ProfileChange Complete(ProfileChange profile, ProfileMatch match)
    {
        if (match.Kind == MatchKind.Field)
            return profile with
            {
                Operations = Write(json =>
                {
                    json.WriteStartArray();
                    json.WriteStartArray();
                    json.WriteStringValue("set");
                    json.WriteStringValue(match.Field);
                    json.WriteRawValue(match.Value);
                    json.WriteEndArray();
                    using var given = JsonDocument.Parse(profile.Operations);
                    foreach (var operation in given.RootElement.EnumerateArray())
                        operation.WriteTo(json);
                    json.WriteEndArray();
                }),
            };
        var name = match.Kind == MatchKind.Email ? "email" : "phone";
        using var head = JsonDocument.Parse(profile.Head);
        if (head.RootElement.TryGetProperty(name, out _))
            return profile;
        return profile with
        {
            Head = Write(json =>
            {
                json.WriteStartObject();
                json.WriteString(name, match.Value);
                foreach (var member in head.RootElement.EnumerateObject())
                    member.WriteTo(json);
                json.WriteEndObject();
            }),
        };
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
            write(json);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}

/// <summary>A capture and the slice that it goes to.</summary>
internal readonly record struct Resolved(int Partition, Capture Capture);
