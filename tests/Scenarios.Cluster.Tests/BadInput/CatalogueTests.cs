using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.BadInput;

/// <summary>
/// The catalogue against a live server. After each request the rows of the database are what they were, unless the answer says
/// otherwise, and a good capture still goes through.
/// </summary>
[Collection(ApiCollection.Name)]
public sealed class CatalogueTests(ApiFixture api, CatalogueTests.Held held) : IClassFixture<CatalogueTests.Held>
{
    /// <summary>One scene for all lines: they leave no trace, which is what is tested.</summary>
    public sealed class Held
    {
        private Scene? _scene;

        public async Task<Scene> SceneAsync(ApiFixture api) => _scene ??= await Scene.NewAsync(api);
    }

    public static TheoryData<int, string> Lines
    {
        get
        {
            var lines = new TheoryData<int, string>();
            for (var i = 0; i < Catalogue.Requests.Count; i++)
                lines.Add(i, Catalogue.Requests[i].ToString());
            return lines;
        }
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_bad_request_gets_its_code_and_changes_nothing(int index, string line)
    {
        var (request, scene) = (Catalogue.Requests[index], await held.SceneAsync(api));
        if (request.Role is { } role)
            await scene.ColleagueAsync(role);
        var before = await scene.StateAsync();

        var answer = await scene.SendAsync(request);

        Assert.True(answer.Status == request.Status, $"{line} answers {answer.Status}: {answer.Text}");
        if (request.Code is { } code)
        {
            Assert.Equal("application/problem+json", answer.Header("Content-Type"));
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.True(answer.Code == code, $"{line} is {answer.Text}");
            Assert.Equal(request.Status, answer.Json.GetProperty("status").GetInt32());
        }
        if (request.At is { } at)
            Assert.Equal(at, answer.Json.GetProperty("errors")[0].GetProperty("path").GetString());
        if (request.Says is { } word)
            Assert.Contains(word, answer.Text, StringComparison.Ordinal);
        if (answer.Status is 405)
            Assert.NotEmpty(answer.Header("Allow") ?? "");
        if (!request.IsTaken)
            Assert.Empty(Changed(before, await scene.StateAsync()));
        await scene.WorksAsync();
    }

    private static IEnumerable<string> Changed(
        SortedDictionary<string, string> before,
        SortedDictionary<string, string> after
    ) =>
        after
            .Where(table => before[table.Key] != table.Value)
            .Select(table => $"{table.Key}: {before[table.Key]} became {table.Value}");

    [Fact]
    public void Every_row_of_the_catalogue_is_in_the_table_or_has_a_test_of_its_own_or_is_not_yet_to_be_had()
    {
        int[] inTable = [.. Catalogue.Requests.Select(r => r.Row).Distinct()];
        var all = inTable
            .Concat(Catalogue.Elsewhere.Select(r => r.Row))
            .Concat(Catalogue.NotYet.Select(r => r.Row))
            .Distinct()
            .Order();
        Assert.Equal(Catalogue.Rows, all);
        Assert.Empty(inTable.Intersect(Catalogue.NotYet.Select(r => r.Row)));
        var names = typeof(CatalogueTests).Assembly.GetTypes().SelectMany(t => t.GetMethods()).Select(m => m.Name).ToHashSet();
        Assert.All(Catalogue.Elsewhere, row => Assert.Contains(row.Test, names));
    }
}
