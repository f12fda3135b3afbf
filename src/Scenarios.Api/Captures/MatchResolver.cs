using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Scenarios.Contracts;
using Scenarios.Engine.Runs;
using Scenarios.Storage.Reads;

namespace Scenarios.Api.Captures;

/// <summary>Finds whom captures mean that name nobody by id, and makes the profile where there is none and the capture brings one.</summary>
internal sealed class MatchResolver(MatchReads reads)
{
    /// <summary>
    /// For each request the capture to send. One that finds nobody (and brings no profile) or two goes on as declined, so that it
    /// is counted. Two that would make the same profile make one.
    /// </summary>
    public async Task<Resolved[]> ResolveAsync(
        int tenant,
        ScenarioAddress scenario,
        IReadOnlyList<(CaptureRequest Request, string? Key, byte[]? Hash)> items,
        CancellationToken cancellationToken
    )
    {
        var asked = items.Where(i => i.Request.Match is not null).Select(i => i.Request.Match!).Distinct().ToList();
        var ids = asked.Count == 0 ? [] : await reads.FindAsync(tenant, scenario.Place.Database, asked, cancellationToken);
        var found = asked.Zip(ids).ToDictionary(p => p.First, p => p.Second);
        var made = new Dictionary<(MatchKind, string?, string), string>();
        return [.. items.Select(item => Resolve(tenant, scenario, item.Request, item.Key, item.Hash, found, made))];
    }

    /// <summary>A capture that names its profile needs no look.</summary>
    public static Resolved Resolve(ScenarioAddress scenario, CaptureRequest request, string? key, byte[]? hash) =>
        new(
            PartitionOf.Of(request.ProfileId!, scenario.Place.Partitions),
            new Capture(request.ProfileId!, request.Profile, request.Content, request.Start, key, hash, 0, null)
        );

    private static Resolved Resolve(
        int tenant,
        ScenarioAddress scenario,
        CaptureRequest request,
        string? key,
        byte[]? hash,
        Dictionary<ProfileMatch, string[]> found,
        Dictionary<(MatchKind, string?, string), string> made
    )
    {
        if (request.Match is not { } match)
            return Resolve(scenario, request, key, hash);
        var ids = found[match];
        if (ids.Length > 1)
            return Declined(scenario, match, DeclineReason.AmbiguousMatch, key, hash);
        if (ids.Length == 1)
            return Resolve(scenario, request with { ProfileId = ids[0] }, key, hash);

        var identity = (match.Kind, match.Field, match.Kind == MatchKind.Email ? match.Value.ToLowerInvariant() : match.Value);
        if (!made.TryGetValue(identity, out var id))
        {
            if (request.Profile is null)
                return Declined(scenario, match, DeclineReason.ProfileNotFound, key, hash);
            made.Add(identity, id = NewId(tenant, key));
        }
        return Resolve(
            scenario,
            request with
            {
                ProfileId = id,
                Profile = request.Profile is null ? null : Complete(request.Profile, match),
            },
            key,
            hash
        );
    }

    /// <summary>Nobody's capture goes to the slice of what was looked for.</summary>
    private static Resolved Declined(ScenarioAddress scenario, ProfileMatch match, string reason, string? key, byte[]? hash) =>
        new(PartitionOf.Of(match.Value, scenario.Place.Partitions), new Capture("", null, null, null, key, hash, 0, reason));

    /// <summary>Under a key the same id each time, so that a repeat that overtakes the first meets it in its slice.</summary>
    private static string NewId(int tenant, string? key) =>
        (
            key is null
                ? Guid.CreateVersion7()
                : new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"profile/{tenant}/{key}")).AsSpan(0, 16))
        ).ToString();

    /// <summary>What the profile was looked for by is part of it, unless the capture says otherwise.</summary>
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
