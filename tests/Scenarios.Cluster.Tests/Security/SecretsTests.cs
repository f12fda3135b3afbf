using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Scenarios.Cluster.Tests.Effects;
using Scenarios.Cluster.Tests.Support;
using Scenarios.Grains.Effects;
using Scenarios.Server;
using Scenarios.Storage;
using Scenarios.Storage.Accounts;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Scenarios.Cluster.Tests.Security;

/// <summary>Canaries in every field of a journey, then a search of all that the product says and keeps.</summary>
public sealed class SecretsTests(TestPostgres postgres, WebhookSink sink) : IClassFixture<WebhookSink>, IAsyncLifetime
{
    private readonly Heard _heard = new();
    private TestNode _node = null!;
    private ApiCaller _operator = null!,
        _admin = null!;
    private string _token = "";

    public async ValueTask InitializeAsync()
    {
        // As the product is set up, only louder: its own words from Debug, others' from Information.
        var logger = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Scenarios", LogEventLevel.Verbose)
            .MinimumLevel.Override("Microsoft.AspNetCore", LogEventLevel.Warning)
            .WriteTo.Sink(_heard)
            .CreateLogger();
        _node = new TestNode(postgres.CloneAsync, new TestClock(), logger: logger);
        await _node.InitializeAsync();
        _operator = new ApiCaller(_node.Address, TestNode.Token);
        var made = await _operator.PostAsync("/api/v1/tenants", """{"name": "canaries"}""");
        _token = made.Json.GetProperty("token").GetString()!;
        _admin = new ApiCaller(_node.Address, _token);
        await _admin.PostAsync(
            "/api/v1/databases",
            """{"name": "shop", "fields": [{"name": "tier", "type": "text"}, {"name": "l", "type": "list"}]}"""
        );
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task What_customers_and_receivers_are_told_in_confidence_is_in_no_log_no_refusal_and_no_audit()
    {
        string[] canaries =
        [
            "canary-mail@example.com",
            "+4977712345678",
            "canary-field",
            "canary-list",
            "canary-content",
            "canary-header",
            "canary-hook-body",
            "canary-answer",
            _token,
            TestNode.Token,
        ];
        var secret = (await _admin.PostAsync("/api/v1/webhook-secrets", "{}")).Json.GetProperty("secret").GetString()!;
        // To a receiver that answers, one that fails, and one that is not there.
        foreach (
            var url in new[]
            {
                $"http://127.0.0.1:{sink.Port}/ok",
                $"http://127.0.0.1:{sink.Port}/status/500",
                "http://127.0.0.1:1/",
            }
        )
        {
            var scenario = await ActiveAsync(
                $$$"""{"url": "{{{url}}}", "retries": 0, "headers": {"Authorization": "Bearer canary-header"}, "body": "{\"x\": \"canary-hook-body {{ profile.fields.tier }}\"}", "keep": {"k": "/order"}}"""
            );
            const string profile =
                """{"email": "canary-mail@example.com", "phone": "+4977712345678", "fields": {"tier": "canary-field", "l": ["canary-list"]}}""";
            var run = await _admin.PostAsync(
                scenario + "/captures",
                $$"""{"profileId": "c", "profile": {{profile}}, "content": {"x": "canary-content"} }""",
                Guid.NewGuid().ToString()
            );
            await Support.Api.UntilAsync(
                () => _admin.GetAsync($"{scenario}/runs/{run.Json.GetProperty("runId").GetString()}"),
                r => r.Json.GetProperty("state").GetString() is "completed" or "failed"
            );
            // What is wrong with a value is told without the value.
            foreach (
                var (method, path, body) in new[]
                {
                    (
                        "POST",
                        scenario + "/captures",
                        """{"profileId": "c", "content": ["canary-content"], "profile": {"email": "canary-mail@example.com,x", "phone": "+4977712345678x", "fields": {"tier": ["canary-field"], "l": "canary-list"}}}"""
                    ),
                    (
                        "PUT",
                        "/api/v1/databases/shop/profiles/c",
                        """{"email": "canary-mail@example.com,x", "fields": {"tier": 1, "l": {"x": "canary-list"}}}"""
                    ),
                    ("POST", scenario + "/captures", """{"profileId": "c", "content": {"x": "canary-content\u0000"}}"""),
                    ("POST", scenario + "/captures", """{"profileId": "c", "content": {"x": "canary-content"""),
                }
            )
            {
                var refused = await _admin.SendAsync(method, path, body);
                Assert.InRange(refused.Status, 400, 499);
                Assert.DoesNotContain("canary", refused.Text);
                Assert.DoesNotContain("4977712345678", refused.Text);
            }
        }
        Assert.Equal(
            401,
            (
                await new ApiCaller(_node.Address, _token[..^1] + (_token[^1] == '0' ? '1' : '0')).GetAsync("/api/v1/account")
            ).Status
        );

        var logs = _heard.Text;
        var audit = (await _admin.GetAsync("/api/v1/audit?limit=1000")).Text;
        Assert.NotEmpty(logs);
        foreach (var canary in canaries.Append(secret).Append(secret["whsec_".Length..]))
        {
            Assert.False(logs.Contains(canary, StringComparison.Ordinal), $"'{canary}' stands in the log");
            Assert.False(audit.Contains(canary, StringComparison.Ordinal), $"'{canary}' stands in the audit");
        }
    }

    [Fact]
    public async Task Nothing_of_a_deleted_profile_is_left_in_the_database_but_its_id_in_the_audit()
    {
        var scenario = await ActiveAsync(
            $$$"""{"url": "http://127.0.0.1:{{{sink.Port}}}/ok", "body": "{\"x\": \"{{ profile.fields.tier }}\"}"}""",
            then: """{"id": "w", "type": "wait", "settings": {"duration": {"days": 1}}}"""
        );
        const string canary = "canary-who-wants-to-be-forgotten";
        for (var i = 0; i < 2; i++)
        {
            var run = await _admin.PostAsync(
                scenario + "/captures",
                $$$"""{"profileId": "{{{canary}}}-id", "profile": {"email": "{{{canary}}}@example.com", "fields": {"tier": "{{{canary}}}", "l": ["{{{canary}}}"]} }, "content": {"x": "{{{canary}}}"} }"""
            );
            Assert.Equal(201, run.Status);
            await Support.Api.UntilAsync(
                () => _admin.GetAsync($"{scenario}/runs/{run.Json.GetProperty("runId").GetString()}"),
                r => r.Json.GetProperty("element").GetString() == "w"
            );
        }
        Assert.Contains("profile ", await FoundAsync(canary));
        var bulk = await _admin.PostAsync(
            scenario + "/runs:bulk",
            $$"""{"select": {"profileIds": ["{{canary}}-id"]}, "action": "postpone", "until": "2030-01-01T00:00:00Z"}"""
        );
        await Support.Api.UntilAsync(
            () => _admin.GetAsync(bulk.Header("Location")!),
            t => t.Json.GetProperty("state").GetString() == "done"
        );

        Assert.Equal(204, (await _admin.DeleteAsync($"/api/v1/databases/shop/profiles/{canary}-id")).Status);

        Assert.Equal("audit ", await Support.Api.UntilAsync(() => FoundAsync(canary), found => found == "audit "));
        Assert.Equal(
            2,
            (await _admin.GetAsync(scenario + "/statistics")).Json.GetProperty("totals").GetProperty("entered").GetInt32()
        );
    }

    [Fact]
    public async Task Kept_answers_and_batches_that_wait_for_their_turn_forget_a_deleted_profile()
    {
        const string id = "kept \"elsewhere\" ü",
            canary = "canary-in-a-kept-answer";
        var path = $"/api/v1/databases/shop/profiles/{Uri.EscapeDataString(id)}";
        const string profile =
            $$"""{"email": "{{canary}}@example.com", "fields": {"tier": "{{canary}}", "l": ["{{canary}}"]}, "subscriptions": [{"channel": "email", "address": "{{canary}}@example.com", "status": "subscribed"}]}""";
        Assert.Equal(201, (await _admin.PutAsync(path, profile, "put once")).Status);
        Assert.Equal(200, (await _admin.PatchAsync(path, """{"fields": {"l": ["x"]}}""", "patch once")).Status);
        var made = await _admin.PostAsync(
            "/api/v1/scenarios",
            """{"title": "Batch", "database": "shop", "settings": {"partitions": 1}, "definition": {"elements": [{"id": "start", "type": "apiCall"}, {"id": "w", "type": "wait", "settings": {"duration": {"days": 1}}}], "links": [{"from": "start", "output": "next", "to": "w"}]}}"""
        );
        var scenario = made.Header("Location")!;
        await _admin.PostAsync(scenario + ":activate", "{}");
        // Its first piece cannot be done yet, so its second one waits for its turn.
        await using var held = await HeldPartition.HoldAsync(
            _node.Database,
            await TenantAsync(),
            made.Json.GetProperty("number").GetInt32(),
            0
        );
        var items =
            string.Join(
                ',',
                Enumerable.Range(0, 1000).Select(i => $$"""{"profileId": "{{Graph.Profile(i)}}", "profile": {} }""")
            )
            + $$$""", {"profileId": {{{JsonSerializer.Serialize(id)}}}, "profile": {"fields": {"tier": "{{{canary}}}"} }, "content": {"x": "{{{canary}}}"} }""";
        var batch = await _admin.SendAsync(
            "POST",
            scenario + "/captures:batch",
            Encoding.UTF8.GetBytes($$"""{"items": [{{items}}]}"""),
            "application/json",
            [("Prefer", "respond-async")]
        );
        Assert.Equal(202, batch.Status);
        Assert.Equal("profile receipt task_part ", await FoundAsync(canary));

        Assert.Equal(204, (await _admin.DeleteAsync(path)).Status);

        Assert.Equal("", await FoundAsync(canary));
        foreach (
            var (again, status) in new[]
            {
                (await _admin.PutAsync(path, profile, "put once"), 201),
                (await _admin.PatchAsync(path, """{"fields": {"l": ["x"]}}""", "patch once"), 200),
            }
        )
        {
            // It was done, and is not done again; only what it told is told no more.
            Assert.Equal(
                (status, "true", id, "{}"),
                (
                    again.Status,
                    again.Header("Idempotency-Replayed"),
                    again.Json.GetProperty("id").GetString(),
                    again.Json.GetProperty("fields").GetRawText()
                )
            );
            Assert.Equal(
                ["createdAt", "email", "fields", "id", "phone", "subscriptions", "timeZone", "updatedAt"],
                again.Json.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal)
            );
        }
        await held.ReleaseAsync();
        var done = await Support.Api.UntilAsync(
            () => _admin.GetAsync(batch.Header("Location")!),
            t => t.Json.GetProperty("state").GetString() == "done"
        );
        var result = done.Json.GetProperty("result");
        Assert.Equal((1000, 1), (result.GetProperty("accepted").GetInt32(), result.GetProperty("failed").GetInt32()));
        var error = result.GetProperty("items")[1000].GetProperty("error");
        Assert.Equal(
            ("profileDeleted", "/items/1000"),
            (error.GetProperty("code").GetString(), error.GetProperty("path").GetString())
        );
        Assert.Equal(404, (await _admin.GetAsync(path)).Status);
        Assert.Equal("", await FoundAsync(canary));
    }

    [Fact]
    public async Task An_answer_that_is_kept_while_its_profile_is_being_deleted_waits_for_it_and_forgets()
    {
        var cancel = TestContext.Current.CancellationToken;
        var tenant = await TenantAsync();
        Assert.Equal(
            201,
            (await _admin.PutAsync("/api/v1/databases/shop/profiles/hasty", """{"email": "canary-hasty@example.com"}""")).Status
        );
        var receipts = new ReceiptStore(_node.Database.Ledger);
        Assert.IsType<Receipt.Begun>(await receipts.BeginAsync(tenant, "hasty", "PUT x", [1], cancel));
        Task keeping;
        await using (var connection = await _node.Database.Ledger.OpenConnectionAsync(cancel))
        await using (var deletion = await connection.BeginTransactionAsync(cancel))
        {
            await using var delete = new NpgsqlCommand(
                "delete from profile where tenant_id = $1 and database = 2 and id = 'hasty'",
                connection
            )
            {
                Parameters = { new() { Value = tenant } },
            };
            Assert.Equal(1, await delete.ExecuteNonQueryAsync(cancel));
            keeping = receipts.CompleteAsync(
                tenant,
                "hasty",
                "PUT x",
                [1],
                200,
                """{"id": "hasty", "email": "canary-hasty@example.com"}""",
                null,
                new AnsweredProfile(2, "hasty")
            );
            await using var waiting = _node.Database.Reads.CreateCommand(
                "select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))"
            );
            waiting.Parameters.Add(new() { Value = connection.ProcessID });
            await Support.Api.UntilAsync(async () => (long)(await waiting.ExecuteScalarAsync(cancel))!, n => n == 1);
            await deletion.CommitAsync(cancel);
        }
        await keeping;

        Assert.Equal("", await FoundAsync("canary-hasty"));
        Assert.Contains(
            "hasty",
            Assert.IsType<Receipt.Done>(await receipts.BeginAsync(tenant, "hasty", "PUT x", [1], cancel)).Answer
        );
    }

    private async Task<int> TenantAsync()
    {
        await using var command = _node.Database.Reads.CreateCommand("select id from tenant where name = 'canaries'");
        return (int)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    [Fact]
    public async Task A_receiver_checks_the_signature_with_either_secret_while_they_change_over()
    {
        var first = (await _admin.PostAsync("/api/v1/webhook-secrets", "{}", "rotate once"))
            .Json.GetProperty("secret")
            .GetString()!;
        Assert.Equal(
            first,
            (await _admin.PostAsync("/api/v1/webhook-secrets", "{}", "rotate once")).Json.GetProperty("secret").GetString()
        );
        var second = (await _admin.PostAsync("/api/v1/webhook-secrets", "{}")).Json.GetProperty("secret").GetString()!;
        var scenario = await ActiveAsync(
            $$$"""{"url": "http://127.0.0.1:{{{sink.Port}}}/ok", "body": "{\"id\": \"{{ profile.id }}\"}"}"""
        );
        async Task<Hit> HitAsync() =>
            await sink.ArrivalAsync(
                (await _admin.PostAsync(scenario + "/captures", """{"profileId": "signed", "profile": {}}"""))
                    .Json.GetProperty("runId")
                    .GetString() + "/2"
            );

        var hit = await HitAsync();

        Assert.Equal([SignatureOf(second, hit), SignatureOf(first, hit)], hit.Headers["webhook-signature"].Split(' '));
        Assert.Equal(204, (await _admin.DeleteAsync("/api/v1/webhook-secrets/former")).Status);
        hit = await HitAsync();
        Assert.Equal(SignatureOf(second, hit), hit.Headers["webhook-signature"]);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task Webhook_secrets_lie_sealed_and_old_ones_and_those_of_a_former_key_still_open()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var database = await TestDatabase.NewAsync(postgres);
        await database.ExecuteAsync("insert into tenant (name) values ('one'), ('other')");
        var audit = new Audit(1, "test", "rotate", "webhook-secret");
        WebhookSecrets By(params byte[][] keys) => new(database.Ledger, TimeProvider.System, new SecretBox(keys));
        async Task<bool> LiesOpenAsync(byte[] secret)
        {
            await using var command = database.Ledger.CreateCommand(
                """select exists (select from tenant where position($1 in webhook_secret) > 0 or position($1 in coalesce(former_webhook_secret, '')) > 0)"""
            );
            command.Parameters.Add(new() { Value = secret });
            return (bool)(await command.ExecuteScalarAsync(cancel))!;
        }
        var (first, second) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        var open = WebhookSignature.KeyOf(await By().RotateAsync(1, audit, cancel));
        Assert.True(await LiesOpenAsync(open));

        // A key comes: what lies open is read, and sealed by the keeper; what comes new is sealed at once.
        Assert.Equal(open, (await By(first).OfAsync(1))[0]);
        Assert.Equal(2, await By(first).SealAsync(cancel));
        Assert.Equal(0, await By(first).SealAsync(cancel));
        Assert.False(await LiesOpenAsync(open));
        var newer = WebhookSignature.KeyOf(await By(first).RotateAsync(1, audit, cancel));
        Assert.False(await LiesOpenAsync(newer));
        Assert.Equal([newer, open], await By(first).OfAsync(1));

        // The key changes.
        Assert.Equal([newer, open], await By(second, first).OfAsync(1));
        Assert.Equal(2, await By(second, first).SealAsync(cancel));
        Assert.Equal([newer, open], await By(second).OfAsync(1));

        // By another key, by none, or in another's row, nothing opens.
        Assert.Equal(
            (true, false, false),
            (await By(second).OpenAsync(cancel), await By(first).OpenAsync(cancel), await By().OpenAsync(cancel))
        );
        await Assert.ThrowsAnyAsync<CryptographicException>(async () => await By(first).OfAsync(1));
        await database.ExecuteAsync(
            "update tenant set webhook_secret = (select webhook_secret from tenant where id = 1) where id = 2"
        );
        await Assert.ThrowsAnyAsync<CryptographicException>(async () => await By(second).OfAsync(2));
    }

    [Fact]
    public async Task The_secret_key_file_is_readable_by_its_owner_only_and_a_node_without_it_does_not_start()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var directory = new TempDirectory();
        await using var database = await Database.OpenAsync(
            new DatabaseOptions { ConnectionString = await postgres.CloneAsync() },
            NullLoggerFactory.Instance,
            TimeProvider.System,
            cancel
        );
        await new TenantStore(database.Ledger).BootstrapAsync(null, cancel);
        var own = new ServerOptions { DataDirectory = directory.Path };
        var shared = own with { ConnectionString = "Host=x" };
        Assert.Same(SecretBox.None, await SecretKeys.EstablishAsync(shared, database, cancel));

        await new WebhookSecrets(
            database.Ledger,
            TimeProvider.System,
            await SecretKeys.EstablishAsync(own, database, cancel)
        ).SealAsync(cancel);

        var file = Path.Combine(directory.Path, "secrets.key");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await SecretKeys.EstablishAsync(own, database, cancel);
        await SecretKeys.EstablishAsync(
            shared with
            {
                SecretKeys = await File.ReadAllTextAsync(file, cancel),
            },
            database,
            cancel
        );
        foreach (
            var lacks in new[]
            {
                shared,
                shared with
                {
                    SecretKeys = Convert.ToBase64String(new byte[32]),
                },
                shared with
                {
                    SecretKeys = "short",
                },
                shared with
                {
                    SecretKeys = Convert.ToBase64String(new byte[16]),
                },
            }
        )
            Assert.Contains(
                "SCENARIOS_SECRET_KEYS",
                (await Assert.ThrowsAsync<UsageException>(() => SecretKeys.EstablishAsync(lacks, database, cancel))).Message
            );
    }

    [Fact]
    public async Task An_address_that_tries_many_unknown_tokens_is_throttled_and_known_callers_are_not()
    {
        Assert.Equal(200, (await _admin.GetAsync("/api/v1/account")).Status);
        ApiAnswer Unknown() =>
            new ApiCaller(_node.Address, "sc-guess-" + Guid.NewGuid().ToString("n"))
                .GetAsync("/api/v1/account")
                .GetAwaiter()
                .GetResult();
        var answers = Enumerable.Range(0, 200).AsParallel().Select(_ => Unknown()).ToList();

        Assert.All(answers, a => Assert.True(a.Status is 401 or 429, a.Text));
        var held = answers.First(a => a.Status == 429);
        Assert.Equal("tooManyFailures", held.Code);
        Assert.NotNull(held.Header("Retry-After"));
        Assert.InRange(answers.Count(a => a.Status == 401), 55, 100);
        Assert.Equal(200, (await _admin.GetAsync("/api/v1/account")).Status);
        // Who comes new waits his turn, and gets it.
        var fresh = new ApiCaller(
            _node.Address,
            (await _admin.PostAsync("/api/v1/tokens", """{"name": "fresh", "role": "viewer"}"""))
                .Json.GetProperty("token")
                .GetString()
        );
        await Support.Api.UntilAsync(() => fresh.GetAsync("/api/v1/account"), a => a.Status == 200);
    }

    [Fact]
    public async Task The_first_token_is_made_into_a_file_that_only_its_owner_reads()
    {
        using var directory = new TempDirectory();
        await using var database = await Database.OpenAsync(
            new DatabaseOptions { ConnectionString = await postgres.CloneAsync() },
            NullLoggerFactory.Instance,
            TimeProvider.System,
            TestContext.Current.CancellationToken
        );
        var made = await OperatorToken.EstablishAsync(
            new ServerOptions { DataDirectory = directory.Path },
            database,
            TestContext.Current.CancellationToken
        );
        var again = await OperatorToken.EstablishAsync(
            new ServerOptions { DataDirectory = directory.Path },
            database,
            TestContext.Current.CancellationToken
        );
        Assert.Equal((true, false, made.Value), (made.IsNew, again.IsNew, again.Value));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(made.File!));
        // A shared database gets none unless somebody names one.
        Assert.Null(
            (
                await OperatorToken.EstablishAsync(
                    new ServerOptions { DataDirectory = directory.Path, ConnectionString = "Host=x" },
                    database,
                    TestContext.Current.CancellationToken
                )
            ).Value
        );
    }

    [Fact]
    public void What_a_caller_sent_begins_no_line_of_the_log()
    {
        using var output = new StringWriter();
        var template = new Serilog.Parsing.MessageTemplateParser().Parse("Failed at {Path}");
        new ConsoleLine().Format(
            new LogEvent(
                DateTimeOffset.UnixEpoch,
                LogEventLevel.Error,
                null,
                template,
                [new LogEventProperty("Path", new ScalarValue("/a\r\n12:00:00.000 INF all is well\u001b[2J\u2028x"))]
            ),
            output
        );
        Assert.Equal(
            "00:00:00.000 ERR Failed at /a\\u000d\\u000a12:00:00.000 INF all is well\\u001b[2J\\u2028x",
            output.ToString().TrimEnd('\n')
        );
    }

    private static string SignatureOf(string secret, Hit hit) =>
        "v1,"
        + Convert.ToBase64String(
            HMACSHA256.HashData(
                WebhookSignature.KeyOf(secret),
                Encoding.UTF8.GetBytes($"{hit.Headers["webhook-id"]}.{hit.Headers["webhook-timestamp"]}.{hit.Body}")
            )
        );

    private async Task<string> ActiveAsync(string webhook, string? then = null)
    {
        var made = await _admin.PostAsync(
            "/api/v1/scenarios",
            $$"""
            {"title": "Hook", "database": "shop", "settings": {"reentryMode": "parallel"}, "definition": {"elements": [{"id": "start", "type": "apiCall"}, {"id": "h", "type": "webhook", "settings": {{webhook}} }{{(
                then is null ? "" : "," + then
            )}}],
             "links": [{"from": "start", "output": "next", "to": "h"}{{(
                then is null ? "" : """, {"from": "h", "output": "success", "to": "w"}"""
            )}}]} }
            """
        );
        Assert.True(made.Status == 201, made.Text);
        Assert.Equal(200, (await _admin.PostAsync(made.Header("Location") + ":activate", "{}")).Status);
        return made.Header("Location")!;
    }

    /// <summary>The tables that hold a text anywhere.</summary>
    private async Task<string> FoundAsync(string text)
    {
        var tables = new List<string>();
        await using (
            var list = _node.Database.Reads.CreateCommand(
                "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname"
            )
        )
        await using (var reader = await list.ExecuteReaderAsync(TestContext.Current.CancellationToken))
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
                tables.Add(reader.GetString(0));
        var found = "";
        foreach (var table in tables)
        {
            await using var search = _node.Database.Reads.CreateCommand(
                $"select exists (select from \"{table}\" as t where position($1 in t::text) > 0)"
            );
            search.Parameters.Add(new NpgsqlParameter { Value = text });
            if (await search.ExecuteScalarAsync(TestContext.Current.CancellationToken) is true)
                found += table + " ";
        }
        return found;
    }

    private sealed class Heard : ILogEventSink
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public string Text => string.Join('\n', _lines);

        public void Emit(LogEvent logEvent) =>
            _lines.Enqueue(
                $"{logEvent.RenderMessage()} "
                    + $"{string.Join(' ', logEvent.Properties.Select(p => p.Value.ToString()))} {logEvent.Exception}"
            );
    }
}
