using System.Text;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class IdempotencyTests(ApiFixture api)
{
    private const string Databases = "/api/v1/databases";

    [Fact]
    public async Task The_same_key_and_body_answers_as_before_and_does_nothing_again()
    {
        var admin = await api.NewTenantAsync();
        var first = await admin.PostAsync(Databases, """{"name": "d", "fields": [{"name": "a", "type": "text"}]}""", "k");
        Assert.Equal(201, first.Status);
        Assert.Null(first.Header("Idempotency-Replayed"));
        await admin.DeleteAsync(Databases + "/d");
        // Members in another order and white space mean the same.
        var again = await admin.PostAsync(Databases, """{ "fields": [ {"type": "text", "name": "a"} ],  "name": "d" }""", "k");
        Assert.Equal(201, again.Status);
        Assert.Equal("true", again.Header("Idempotency-Replayed"));
        Assert.Equal(first.Text, again.Text);
        Assert.Equal(first.Header("Location"), again.Header("Location"));
        Assert.Equal(first.Header("Content-Type"), again.Header("Content-Type"));
        Assert.Equal(404, (await admin.GetAsync(Databases + "/d")).Status);
    }

    [Fact]
    public async Task The_same_key_for_another_body_or_address_is_422_and_of_another_tenant_independent()
    {
        var admin = await api.NewTenantAsync();
        await admin.PostAsync(Databases, """{"name": "d"}""", "k");
        foreach (
            var answer in new[]
            {
                await admin.PostAsync(Databases, """{"name": "e"}""", "k"),
                await admin.PutAsync(Databases + "/default/profiles/p", """{"name": "d"}""", "k"),
                await admin.PostAsync(Databases + "?x=1", """{"name": "d"}""", "k2") is var q && q.Code == "invalidQuery"
                    ? await admin.PostAsync("/api/v1/tokens", """{"name": "d"}""", "k")
                    : q,
            }
        )
        {
            Assert.Equal(422, answer.Status);
            Assert.Equal("idempotencyKeyReused", answer.Code);
        }
        Assert.Equal(201, (await (await api.NewTenantAsync()).PostAsync(Databases, """{"name": "e"}""", "k")).Status);
    }

    [Fact]
    public async Task Of_fifty_at_once_one_executes_and_the_others_answer_the_same_or_that_it_is_under_way()
    {
        var admin = await api.NewTenantAsync();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => admin.PostAsync("/api/v1/tokens", """{"name": "one", "role": "viewer"}""", "k"))
        );
        var made = Assert.Single(answers, a => a.Status == 201 && a.Header("Idempotency-Replayed") is null);
        foreach (var answer in answers)
        {
            if (answer.Status == 201)
                Assert.Equal(made.Text, answer.Text);
            else
            {
                Assert.Equal(409, answer.Status);
                Assert.Equal("inProgress", answer.Code);
                Assert.NotNull(answer.Header("Retry-After"));
            }
        }
        Assert.Equal(2, (await admin.GetAsync("/api/v1/tokens")).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_refusal_frees_its_key()
    {
        var admin = await api.NewTenantAsync();
        Assert.Equal(422, (await admin.PostAsync(Databases, """{"nome": "d"}""", "k")).Status);
        Assert.Equal(400, (await admin.PostAsync(Databases, "{", "k")).Status);
        Assert.Equal(415, (await admin.SendAsync("POST", Databases, "{}", type: "text/plain", key: "k")).Status);
        Assert.Equal(201, (await admin.PostAsync(Databases, """{"name": "d"}""", "k")).Status);
    }

    [Fact]
    public async Task A_secret_is_replayed_to_the_token_that_made_it_and_to_no_other()
    {
        var admin = await api.NewTenantAsync();
        var made = await admin.PostAsync("/api/v1/tokens", """{"name": "second", "role": "admin"}""", "k");
        Assert.Equal(made.Text, (await admin.PostAsync("/api/v1/tokens", """{"name": "second", "role": "admin"}""", "k")).Text);
        var second = api.Caller(made.Json.GetProperty("token").GetString());
        Assert.Equal(
            "idempotencyKeyReused",
            (await second.PostAsync("/api/v1/tokens", """{"name": "second", "role": "admin"}""", "k")).Code
        );
    }

    [Fact]
    public async Task A_key_of_a_dead_process_is_taken_over_after_30_seconds_and_a_kept_one_expires_after_two_days()
    {
        var admin = await api.NewTenantAsync();
        await admin.PostAsync(Databases, """{"name": "d"}""", "dead");
        await api.Database.Ledger.ForgetAnswerAsync("dead");
        Assert.Equal("inProgress", (await admin.PostAsync(Databases, """{"name": "d"}""", "dead")).Code);
        await api.Database.Ledger.AgeReceiptAsync("dead", TimeSpan.FromSeconds(31));
        Assert.Equal("idempotencyKeyReused", (await admin.PostAsync(Databases, """{"name": "other"}""", "dead")).Code);
        Assert.Equal("nameTaken", (await admin.PostAsync(Databases, """{"name": "d"}""", "dead")).Code);

        await admin.PostAsync(Databases, """{"name": "old"}""", "old");
        await api.Database.Ledger.AgeReceiptAsync("old", new TimeSpan(48, 0, 1));
        Assert.Equal(201, (await admin.PostAsync(Databases, """{"name": "new"}""", "old")).Status);
    }

    [Theory]
    [InlineData("Idempotency-Key: ")]
    [InlineData("Idempotency-Key: ключ")]
    [InlineData("Idempotency-Key: a\u0001b")]
    [InlineData("Idempotency-Key: a\r\nIdempotency-Key: b")]
    [InlineData(256)]
    public async Task A_key_that_is_none_is_400(object header)
    {
        var admin = await api.NewTenantAsync();
        var line = header is int length ? "Idempotency-Key: " + new string('k', length) : (string)header;
        // Sent by hand, since a well-behaved client would not.
        var answer = await RawHttp.SendAsync(
            api.Address,
            Encoding.UTF8.GetBytes(
                $"POST {Databases} HTTP/1.1\r\nHost: x\r\nAuthorization: "
                    + $"Bearer {admin.Token}\r\n{line}\r\nContent-Type: application/json\r\nContent-Length: "
                    + $"12\r\nConnection: close\r\n\r\n{{\"name\":\"d\"}}"
            )
        );
        Assert.StartsWith("HTTP/1.1 400", answer);
        Assert.Equal(404, (await admin.GetAsync(Databases + "/d")).Status);
    }

    [Fact]
    public async Task A_key_of_255_characters_is_one()
    {
        var admin = await api.NewTenantAsync();
        Assert.Equal(201, (await admin.PostAsync(Databases, """{"name": "d"}""", new string('k', 255))).Status);
    }
}
