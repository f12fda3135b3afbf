using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Security;

/// <summary>Every write of management leaves one entry with who and what, and of scenarios from which revision (O7).</summary>
[Collection(ApiCollection.Name)]
public sealed class AuditTests(ApiFixture api, AccessMatrixTests.Held held) : IClassFixture<AccessMatrixTests.Held>
{
    /// <summary>
    /// Writes that are no management: what customers do comes by the million, drafts are kept at every stroke, and the others
    /// write nothing.
    /// </summary>
    private static readonly string[] Silent =
    [
        "POST /api/v1/scenarios/{n}/captures",
        "POST /api/v1/scenarios/{n}/captures:batch",
        "PUT /api/v1/databases/{db}/profiles/{id}",
        "PATCH /api/v1/databases/{db}/profiles/{id}",
        "PUT /api/v1/scenarios/{n}/draft",
        "DELETE /api/v1/scenarios/{n}/draft",
        "POST /api/v1/scenarios/{n}:validate",
        "POST /api/v1/scenarios/{n}:verify",
        "POST /api/v1.1/workflows/start",
        "POST /api/v1.1/workflows/import_and_start",
        "POST /api/v1.1/workflows/import_and_start_batch",
        "POST /api/v1.1/workflows/import_and_start_batch_task",
        "POST /api/v1.1/workflows/list",
        "POST /api/v1/session",
        "DELETE /api/v1/session",
    ];

    /// <summary>Writes that need more than the matrix has: what has to be so before they can succeed.</summary>
    private static readonly Dictionary<string, Func<Neighbours, Dictionary<string, string>, Task>> Before = new()
    {
        ["POST /api/v1/scenarios/{n}:activate"] = DeactivateAsync,
        ["POST /api/v1.1/workflows/activate"] = DeactivateAsync,
        ["DELETE /api/v1/scenarios/{n}"] = DeactivateAsync,
        ["POST /api/v1/scenarios/{n}:restore"] = async (two, subjects) =>
        {
            await DeactivateAsync(two, subjects);
            await two.Admin.DeleteAsync($"/api/v1/scenarios/{subjects["n"]}");
        },
        ["POST /api/v1/scenarios/{n}/revisions/{r}:restore"] = (two, subjects) =>
            two.SendAsync(
                new AccessLine("PUT", "/api/v1/scenarios/{n}", "", """{"settings": {"reentryMode": "restart"}}"""),
                subjects,
                two.Admin.Token
            ),
        // One that no scenario uses.
        ["DELETE /api/v1/databases/{db}"] = async (two, subjects) =>
        {
            await two.Admin.PostAsync("/api/v1/databases", $$"""{"name": "{{subjects["new"]}}"}""");
            subjects["db"] = subjects["new"];
        },
    };

    /// <summary>Where the matrix has a body that writes nothing: one that does.</summary>
    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["POST /api/v1/scenarios/{n}/runs:bulk"] = """{"select": {"profileIds": ["nobody"]}, "action": "remove"}""",
    };

    /// <summary>
    /// Writes whose entry another test looks for, since they are of a moment that is not made here; and which test that is.
    /// </summary>
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        // Only a task that is under way is cancelled.
        ["POST /api/v1/tasks/{task}:cancel"] = nameof(
            Grains.BulkTests.A_cancelled_task_stops_after_the_page_under_way_and_says_how_many_it_did
        ),
    };

    private static IEnumerable<string> All => AccessLine.All.Where(l => l.Method != "GET").Select(line => line.ToString());

    public static TheoryData<string> Writes => [.. All.Where(operation => !Elsewhere.ContainsKey(operation))];

    /// <summary>
    /// The matrix has every operation of the reference (<see cref="AccessMatrixTests"/>); here nothing is listed that it has
    /// not.
    /// </summary>
    [Fact]
    public void What_is_said_of_single_operations_is_said_of_operations_that_there_are() =>
        Assert.Empty(Silent.Concat(Before.Keys).Concat(Bodies.Keys).Concat(Elsewhere.Keys).Except(All));

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Each_write_of_management_leaves_one_entry_and_no_other_write_does(string operation)
    {
        var line = AccessLine.All.Single(l => l.ToString() == operation);
        if (Bodies.TryGetValue(operation, out var body))
            line = line with { Body = body };
        var two = await held.NeighboursAsync(api);
        // Made for this line alone.
        var subjects = await two.SubjectsAsync("own", new AccessLine("DELETE", line.Path + "#", "", null));
        if (Before.TryGetValue(operation, out var prepareAsync))
            await prepareAsync(two, subjects);

        var (before, begun) = (await EntriesAsync(two), DateTimeOffset.UtcNow.AddSeconds(-1));
        var answer = await two.SendAsync(line, subjects, two.Admin.Token);
        Assert.True(answer.Status is >= 200 and < 300, $"{line} answers {answer.Status}: {answer.Text}");
        var added = (await EntriesAsync(two))
            .Where(e => !before.Any(b => b.GetProperty("id").GetString() == e.GetProperty("id").GetString()))
            .ToList();

        if (Silent.Contains(operation))
        {
            Assert.Empty(added);
            return;
        }
        var entry = Assert.Single(added);
        Assert.StartsWith("first (", entry.GetProperty("actor").GetString());
        Assert.Matches("^[a-z]+$", entry.GetProperty("action").GetString());
        Assert.InRange(entry.GetProperty("at").GetDateTimeOffset(), begun, DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.StartsWith(Subject(line, subjects), entry.GetProperty("subject").GetString());
        // What a scenario is made into names the revision that it was made from; what is done to its runs does not depend on one.
        if (
            IsOfScenario(line)
            && !line.Path.Contains("/runs", StringComparison.Ordinal)
            && !line.Path.EndsWith(":clone", StringComparison.Ordinal)
        )
            Assert.True(
                entry.GetProperty("detail").TryGetProperty("from", out var from) && from.GetInt32() >= 1,
                entry.ToString()
            );
    }

    private static Task<ApiAnswer> DeactivateAsync(Neighbours two, Dictionary<string, string> subjects) =>
        two.Admin.PostAsync($"/api/v1/scenarios/{subjects["n"]}:deactivate", """{"mode": "end"}""");

    private static bool IsOfScenario(AccessLine line) =>
        line.Path.Contains("/scenarios/{n}", StringComparison.Ordinal)
        || line.Path.StartsWith("/api/v1.1/", StringComparison.Ordinal);

    /// <summary>What the entry is about, as far as the request names it.</summary>
    private static string Subject(AccessLine line, Dictionary<string, string> subjects) =>
        line.Path.EndsWith(":clone", StringComparison.Ordinal) || line is { Method: "POST", Path: "/api/v1/scenarios" }
            ? "scenario/"
        : line.Path.Contains("/runs/{run}", StringComparison.Ordinal) ? $"scenario/{subjects["n"]}/run/{subjects["run"]}"
        : line.Path.Contains("/runs:bulk", StringComparison.Ordinal) ? $"scenario/{subjects["n"]}/runs"
        : IsOfScenario(line) ? $"scenario/{subjects["n"]}"
        : line.Path.EndsWith("/profiles/{id}", StringComparison.Ordinal) ? $"profile/{subjects["db"]}/{subjects["id"]}"
        : line.Path.Contains("/databases/{db}", StringComparison.Ordinal) ? $"database/{subjects["db"]}"
        : line.Path.Contains("/tokens/{token}", StringComparison.Ordinal) ? $"token/{subjects["token"]}"
        : line.Path.Split('/')[3] switch
        {
            "databases" => $"database/{subjects["new"]}",
            "tokens" => "token/",
            "tenants" => "tenant/",
            "webhook-secrets" => "webhookSecret",
            "account" => "",
            var other => other,
        };

    private static async Task<List<JsonElement>> EntriesAsync(Neighbours two) =>
        [.. (await two.Admin.GetAsync("/api/v1/audit?limit=20")).Json.GetProperty("items").EnumerateArray()];
}
