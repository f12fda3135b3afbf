using System.Text.Json;
using Scenarios.Api.Profiles;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using Scenarios.Storage.Accounts;

namespace Scenarios.Api.Import;

/// <summary>One record of an import: a change of a profile, or its faults.</summary>
/// <param name="Line">Where the record began, from 1.</param>
/// <param name="Edit">Null when there are problems.</param>
internal readonly record struct ImportRecord(long Line, ProfileEdit? Edit, IReadOnlyList<Problem> Problems)
{
    /// <summary>So many bytes a record has at most.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxDepth = 16;

    public static ImportRecord Bad(long line, string code, string message) => new(line, null, [new Problem("", code, message)]);

    /// <summary>Reads <c>{id, email, phone, timeZone, fields, subscriptions}</c>.</summary>
    public static ImportRecord Read(ReadOnlyMemory<byte> json, long line, DatabaseFields fields, DateTimeOffset now)
    {
        if (JsonGate.Check(json.Span, MaxDepth) is { } fault)
            return new ImportRecord(line, null, [fault]);
        using var document = JsonDocument.Parse(json);
        var problems = new List<Problem>();
        var profile = new JsonObjectReader(document.RootElement, "", problems);
        var id = ProfileBody.ReadId(profile, "id", required: true);
        var change = profile.IsObject ? ProfileBody.Read(profile, fields, now) : null;
        profile.Done();
        return problems.Count > 0
            ? new ImportRecord(line, null, problems)
            : new ImportRecord(line, new ProfileEdit(id!, change!.Head, change.Operations, change.Subscriptions), []);
    }
}
