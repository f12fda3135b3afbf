using System.Text.Json;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Security;

/// <summary>
/// Every operation of the reference, for every role and none, on what is one's own, hidden by a group, the neighbour's, and
/// nobody's. What one may not see answers as what never was, to the letter.
/// </summary>
[Collection(ApiCollection.Name)]
public sealed class AccessMatrixTests(ApiFixture api, AccessMatrixTests.Held held) : IClassFixture<AccessMatrixTests.Held>
{
    public sealed class Held
    {
        private Neighbours? _neighbours;
        private JsonElement? _reference;

        public async Task<Neighbours> NeighboursAsync(ApiFixture api) => _neighbours ??= await Neighbours.NewAsync(api);

        public async Task<JsonElement> ReferenceAsync(ApiFixture api) =>
            _reference ??= (await api.Caller(null).GetAsync("/openapi/v1.json")).Json;
    }

    public static TheoryData<string> Operations => [.. AccessLine.All.Select(line => line.ToString())];

    [Fact]
    public async Task The_matrix_has_every_operation_of_the_reference_and_no_other()
    {
        var document = (await api.Caller(null).GetAsync("/openapi/v1.json")).Json;
        var operations = document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(o => $"{o.Name.ToUpperInvariant()} {path.Name}"));
        Assert.Equal(
            operations.Order(StringComparer.Ordinal),
            AccessLine.All.Select(line => line.ToString()).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task Each_role_does_what_the_matrix_says_on_its_own_and_sees_nothing_else(string operation)
    {
        var line = AccessLine.All.Single(l => l.ToString() == operation);
        var two = await held.NeighboursAsync(api);

        if (line.Roles == "*")
            return; // signs in with a token, or out
        var stranger = await two.SendAsync(line, await two.SubjectsAsync("own", line), token: null);
        Assert.True(
            stranger.Status == 401 && CodeOf(stranger.Text) == "unauthenticated",
            $"{line} answers {stranger.Status} to a stranger"
        );

        foreach (var (role, sign) in Neighbours.Roles.Zip(line.Roles))
        {
            var token = two.Caller(role).Token;
            var own = await two.SendAsync(line, await two.SubjectsAsync("own", line), token);
            AssertNoMark(two, role, line, own.Text);
            if (sign == '-')
            {
                // Refused before anybody looks whether there is such a thing.
                foreach (var scope in new[] { "own", "hidden", "theirs", "none" })
                {
                    var refused = await two.SendAsync(line, await two.SubjectsAsync(scope, line), token);
                    Assert.True(
                        refused.Status == 403 && CodeOf(refused.Text) == "forbidden",
                        $"{role}: {line} ({scope}) answers {refused.Status}: {refused.Text}"
                    );
                }
                continue;
            }
            Assert.True(own.Status is < 400 or 409 or 412, $"{role}: {line} answers {own.Status}: {own.Text}");
            // Whoever asks is told what the reference names, and nothing beside it (API3).
            var faults =
                own.Status >= 400
                    ? []
                    : AnswerShape
                        .Faults(await held.ReferenceAsync(api), line.Method, line.Path.Split('?')[0], own.Status, own.Text)
                        .ToList();
            Assert.True(faults.Count == 0, $"{role}: {line}: {string.Join("; ", faults)}");
            if (
                !line.Path.Contains('{', StringComparison.Ordinal)
                && line.Body?.Contains("{db}", StringComparison.Ordinal) is not true
                && line.Body?.Contains("{n}", StringComparison.Ordinal) is not true
            )
                continue;

            var none = await two.SendAsync(line, await two.SubjectsAsync("none", line), token);
            Assert.True(
                none.Status is 404 or 422 || IsUpsert(line, none.Status),
                $"{role}: {line} answers {none.Status} for nothing: {none.Text}"
            );
            var theirs = await two.SendAsync(line, await two.SubjectsAsync("theirs", line), token);
            Assert.Equal((none.Status, Unnamed(none.Text)), (theirs.Status, Unnamed(theirs.Text)));
            var hidden = await two.SendAsync(line, await two.SubjectsAsync("hidden", line), token);
            if (role is "admin" or "cluster" || line.Path.Contains("{token}", StringComparison.Ordinal))
                Assert.True(
                    hidden.Status is < 400 or 409 or 412,
                    $"{role}: {line} answers {hidden.Status} for what a group hides: {hidden.Text}"
                );
            else
                Assert.Equal((none.Status, Unnamed(none.Text)), (hidden.Status, Unnamed(hidden.Text)));
            AssertNoMark(two, role, line, theirs.Text);
        }
    }

    /// <summary>Ids of the neighbour's within a place of one's own.</summary>
    [Fact]
    public async Task What_is_the_neighbours_is_not_found_in_a_place_of_ones_own_either()
    {
        var two = await held.NeighboursAsync(api);
        var token = two.Caller("admin").Token;
        foreach (
            var line in AccessLine.All.Where(l =>
                l.Path.Contains("/{n}/", StringComparison.Ordinal)
                && (l.Path.Contains("{run}", StringComparison.Ordinal) || l.Path.Contains("{id}", StringComparison.Ordinal))
            )
        )
        {
            var (own, theirs, none) = (
                await two.SubjectsAsync("own", line),
                await two.SubjectsAsync("theirs", line),
                await two.SubjectsAsync("none", line)
            );
            var foreign = await two.SendAsync(line, new(own) { ["run"] = theirs["run"], ["id"] = theirs["id"] }, token);
            var unknown = await two.SendAsync(line, new(own) { ["run"] = none["run"], ["id"] = none["id"] }, token);
            Assert.Equal(404, foreign.Status);
            Assert.Equal(unknown.Text, foreign.Text);
        }
    }

    [Fact]
    public async Task A_scenario_is_neither_made_on_nor_moved_to_a_database_that_a_group_hides()
    {
        var two = await held.NeighboursAsync(api);
        var line = AccessLine.All.Single(l => l is { Method: "PUT", Path: "/api/v1/scenarios/{n}" });
        var (own, hidden) = (await two.SubjectsAsync("own", line), await two.SubjectsAsync("hidden", line));
        await two.Admin.PostAsync($"/api/v1/scenarios/{own["n"]}:deactivate", """{"mode": "end"}""");
        var editor = two.Caller("editor").Token;
        var move = line with { Body = """{"database": "{db}"}""" };
        var there = await two.SendAsync(move, new(own) { ["db"] = hidden["db"] }, editor);
        var nowhere = await two.SendAsync(move, new(own) { ["db"] = "never" }, editor);
        Assert.Equal((422, "databaseNotFound"), (there.Status, CodeOf(there.Text)));
        Assert.Equal(nowhere.Text.Replace("never", hidden["db"], StringComparison.Ordinal), there.Text);
        var token = await two.Caller("editor").PostAsync("/api/v1/tokens", "{}");
        Assert.Equal(403, token.Status);
    }

    private static bool IsUpsert(AccessLine line, int status) => status == 201 && line.Method is "PUT" or "PATCH";

    private static void AssertNoMark(Neighbours two, string role, AccessLine line, string text)
    {
        Assert.False(
            text.Contains(two.TheirMark, StringComparison.Ordinal)
                && !text.Contains("databaseNotFound", StringComparison.Ordinal),
            $"{role}: {line} tells of the neighbour: {text}"
        );
        if (role is not ("admin" or "cluster"))
            Assert.False(
                text.Contains(two.HiddenMark, StringComparison.Ordinal),
                $"{role}: {line} tells what a group hides: {text}"
            );
    }

    /// <summary>A refusal may repeat the name that the caller sent.</summary>
    private static string Unnamed(string text) =>
        System.Text.RegularExpressions.Regex.Replace(text, "'[^']*'|\\\\u0027.*?\\\\u0027", "'…'");

    private static string? CodeOf(string text) =>
        text.StartsWith('{') ? JsonElement.Parse(text).GetProperty("code").GetString() : null;
}
