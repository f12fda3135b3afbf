using System.Diagnostics;
using System.Globalization;
using System.Text;
using Scenarios.Cluster.Tests.Support;

namespace Scenarios.Cluster.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class ImportTests(ApiFixture api)
{
    private const string Import = "/api/v1/databases/shop/profiles:import";
    private const string Csv = "text/csv",
        Ndjson = "application/x-ndjson; charset=utf-8";

    [Fact]
    public async Task Csv_lines_become_profiles_with_typed_fields_and_merge_into_those_that_are_there()
    {
        var admin = await NewShopAsync();
        await admin.PutAsync(
            "/api/v1/databases/shop/profiles/2",
            """{"email": "two@example.com", "phone": "12345", "fields": {"tier": "gold"}}"""
        );
        var answer = await admin.SendAsync(
            "POST",
            Import,
            "\uFEFFid,email,timeZone,tier,orders,vip,tags\r\n1,one@example.com,Europe/Berlin,\"a \"\"b\"\", "
                + "c\",1.50,true,x;y\n\r2,,,,7,false,\r3,,,\"two\r\nlines\",,,\n",
            Csv
        );
        Assert.Equal("""{"created":2,"updated":1,"failed":0,"errors":[]}""", answer.Text);
        Assert.Equal("""a "b", c""", await FieldAsync(admin, "1", "tier"));
        Assert.Equal("1.50", await FieldAsync(admin, "1", "orders"));
        Assert.Equal("""["x","y"]""", await FieldAsync(admin, "1", "tags"));
        Assert.Equal("gold", await FieldAsync(admin, "2", "tier"));
        Assert.Equal("7", await FieldAsync(admin, "2", "orders"));
        Assert.Equal("two\r\nlines", await FieldAsync(admin, "3", "tier"));
        var two = (await admin.GetAsync("/api/v1/databases/shop/profiles/2")).Json;
        Assert.Equal("two@example.com 12345", $"{two.GetProperty("email")} {two.GetProperty("phone")}");
    }

    [Fact]
    public async Task Ndjson_lines_become_profiles_and_the_same_id_twice_merges_in_order()
    {
        var admin = await NewShopAsync();
        var answer = await admin.SendAsync(
            "POST",
            Import,
            """
            {"id": "1", "fields": {"tier": "gold", "orders": 1}}

            {"id": "1", "fields": {"tier": null, "orders": 2}, "subscriptions": [{"channel": "email", "status": "subscribed"}]}
            {"id": "2"}
            """,
            Ndjson
        );
        Assert.Equal("""{"created":2,"updated":1,"failed":0,"errors":[]}""", answer.Text);
        Assert.Equal(
            """{"orders":2}""",
            (await admin.GetAsync("/api/v1/databases/shop/profiles/1")).Json.GetProperty("fields").GetRawText()
        );
    }

    /// <summary>Row 55: each bad record is told with the line where it began; all others are stored.</summary>
    [Theory]
    [InlineData(Csv, "id,tier\n1,a\n2\n3,c,d\n4,d\n", "3 raggedRow ,4 raggedRow ", "1 4")]
    [InlineData(Csv, "id,tier\n1,a\n2,\"never closed\n3,c\n4,d", "3 unclosedQuote ", "1")]
    [InlineData(Csv, "id,tier\r1,a\r\n2,\"b\nb\nb\"x\n3,c\n", "3 invalidCsv ", "1 3")]
    [InlineData(Csv, "id,tier\n1,\"b\nb\"\n,c\n   ,d\n5,e", "4 empty /id,5 blank /id", "1 5")]
    [InlineData(Csv, "id,tier\n1,a\nid,tier\n2,b\n", "3 repeatedHeader ", "1 2")]
    [InlineData(Csv, "id,tier\n1,a\u0000b\n2,=1+1\n3,@SUM(A1)", "2 unsupportedCharacter ", "2 3")]
    [InlineData(
        Csv,
        "id,orders,vip\n1,many,\n2,,yes\n3,1e400,\n4,0x10,\n5,1,true",
        "2 wrongType /fields/orders,3 wrongType /fields/vip,4 outOfRange /fields/orders,5 wrongType /fields/orders",
        "5"
    )]
    [InlineData(
        Csv,
        "id,email,phone,timeZone\n1,nobody,++7,Mars\n2,a@example.com,,UTC",
        "2 invalidEmail /email,2 invalidPhone /phone,2 unknownZone /timeZone",
        "2"
    )]
    [InlineData(Csv, "id,tier\n\n\r\n1,a\n", "", "1")]
    [InlineData(Csv, "id\n\"\"\n1", "2 empty /id", "1")]
    [InlineData(
        Ndjson,
        "{\"id\":\"1\"}\n{\"id\":\n[]\nnull\n{\"id\":\"2\",\"x\":1}\n{\"fields\":{}}\n{\"id\":\"3\"}",
        "2 invalidJson /id,3 wrongType ,4 wrongType ,5 unknownField /x,6 required /id",
        "1 3"
    )]
    [InlineData(
        Ndjson,
        "{\"id\":\"1\",\"id\":\"2\"}\n{\"id\":\"a\\u0000\"}\n{\"id\":\"3\",\"fields\":{\"tier\":{}}}\n",
        "1 duplicateField /id,2 unsupportedCharacter /id,3 wrongType /fields/tier",
        ""
    )]
    public async Task Bad_records_are_told_by_line_and_spoil_no_other(string type, string body, string errors, string stored)
    {
        var admin = await NewShopAsync();
        var answer = await admin.SendAsync("POST", Import, body, type);
        Assert.Equal(200, answer.Status);
        Assert.Equal(
            errors,
            string.Join(
                ',',
                answer
                    .Json.GetProperty("errors")
                    .EnumerateArray()
                    .Select(e => $"{e.GetProperty("line")} {e.GetProperty("code")} {e.GetProperty("path")}")
            )
        );
        Assert.Equal(
            errors.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(e => e.Split(' ')[0]).Distinct().Count(),
            answer.Json.GetProperty("failed").GetInt32()
        );
        var profiles = (await admin.GetAsync("/api/v1/databases/shop/profiles"))
            .Json.GetProperty("items")
            .EnumerateArray()
            .Select(p => p.GetProperty("id").GetString());
        Assert.Equal(stored, string.Join(' ', profiles));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("tier\na", "required")]
    [InlineData("id,unknown\n1,a", "unknownField")]
    [InlineData("id,tier,tier\n1,a,b", "duplicateField")]
    [InlineData("id,\"tier\n1,a", "unclosedQuote")]
    [InlineData("i\u0000d\u0000", "unsupportedCharacter")]
    public async Task A_header_that_is_none_refuses_the_file(string body, string code)
    {
        var admin = await NewShopAsync();
        var answer = await admin.SendAsync("POST", Import, body, Csv, key: "again");
        Assert.Equal(422, answer.Status);
        Assert.Equal(code, answer.Code);
        Assert.Equal(200, (await admin.SendAsync("POST", Import, "id\n1", Csv, key: "again")).Status);
    }

    [Theory]
    [InlineData("application/json", "{}")]
    [InlineData("text/csv; charset=utf-16", "id")]
    [InlineData(
        "multipart/form-data; boundary=x",
        "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"../../x\"\r\n\r\nid\r\n--x--"
    )]
    [InlineData(null, "id")]
    public async Task Another_type_is_415(string? type, string body)
    {
        var admin = await NewShopAsync();
        Assert.Equal(415, (await admin.SendAsync("POST", Import, body, type)).Status);
    }

    [Fact]
    public async Task A_cell_of_ten_megabytes_and_bytes_that_are_no_text_are_errors_of_their_records()
    {
        var admin = await NewShopAsync();
        var huge = Enumerable.Repeat((byte)'x', 10 << 20).ToArray();
        byte[] csv = [.. "id,tier\n1,\""u8, .. huge, .. "\"\n2,"u8, 0xff, 0xfe, .. "\n3,c\n"u8];
        var answer = await admin.SendAsync("POST", Import, csv, Csv, []);
        Assert.Equal("""{"created":1,"updated":0,"failed":2,"errors":[""", answer.Text[..answer.Text.IndexOf('{', 1)]);
        Assert.Equal(
            ["2 tooLong", "3 invalidUtf8"],
            answer.Json.GetProperty("errors").EnumerateArray().Select(e => $"{e.GetProperty("line")} {e.GetProperty("code")}")
        );

        byte[] lines = [.. "{\"id\":\"4\"}\n{\"id\":\""u8, .. huge, .. "\"}\n{\"id\":\""u8, 0xff, .. "\"}\n{\"id\":\"5\"}\n"u8];
        answer = await admin.SendAsync("POST", Import, lines, Ndjson, []);
        Assert.Equal(
            ["2 tooLong", "3 invalidJson"],
            answer.Json.GetProperty("errors").EnumerateArray().Select(e => $"{e.GetProperty("line")} {e.GetProperty("code")}")
        );
        Assert.Equal(2, answer.Json.GetProperty("created").GetInt32());
    }

    [Fact]
    public async Task The_first_hundred_errors_are_told_and_all_are_counted()
    {
        var admin = await NewShopAsync();
        var answer = await admin.SendAsync(
            "POST",
            Import,
            "id,orders\n" + string.Concat(Enumerable.Range(0, 250).Select(i => $"{i},x\n")),
            Csv
        );
        Assert.Equal(250, answer.Json.GetProperty("failed").GetInt32());
        Assert.Equal(100, answer.Json.GetProperty("errors").GetArrayLength());
    }

    [Fact]
    public async Task The_same_key_and_stream_answers_as_before_and_another_stream_is_refused()
    {
        var admin = await NewShopAsync();
        var first = await admin.SendAsync("POST", Import, "id\n1\n2\n", Csv, key: "k");
        await admin.DeleteAsync("/api/v1/databases/shop/profiles/1");
        var again = await admin.SendAsync("POST", Import, "id\n1\n2\n", Csv, key: "k");
        Assert.Equal(
            (first.Text, "true", first.Header("Content-Type")),
            (again.Text, again.Header("Idempotency-Replayed"), again.Header("Content-Type"))
        );
        Assert.Equal(404, (await admin.GetAsync("/api/v1/databases/shop/profiles/1")).Status);
        Assert.Equal("idempotencyKeyReused", (await admin.SendAsync("POST", Import, "id\n1\n2\n3\n", Csv, key: "k")).Code);
    }

    /// <summary>As many as the customers of the sample log; each column typed. Twice: all new, then all known.</summary>
    [Fact]
    public async Task Twenty_three_thousand_profiles_are_imported_in_seconds()
    {
        var admin = await NewShopAsync();
        var csv = new StringBuilder("id,email,timeZone,tier,orders,vip,tags\n");
        for (var i = 0; i < 23_570; i++)
            csv.Append(
                CultureInfo.InvariantCulture,
                $"{i:00000},c{i}@example.com,America/New_York,"
                    + $"{(i % 3 == 0 ? "gold" : "silver")},{i % 40}.{i % 100:00},{(i % 2 == 0 ? "true" : "false")},a;b\n"
            );
        foreach (
            var counts in new[]
            {
                """{"created":23570,"updated":0,"failed":0,"errors":[]}""",
                """{"created":0,"updated":23570,"failed":0,"errors":[]}""",
            }
        )
        {
            var begun = Stopwatch.GetTimestamp();
            var answer = await admin.SendAsync("POST", Import, csv.ToString(), Csv);
            Assert.Equal(counts, answer.Text);
            TestContext.Current.TestOutputHelper?.WriteLine($"{Stopwatch.GetElapsedTime(begun).TotalSeconds:0.00} s");
            // Seconds on an idle machine; this one may be shared
            Assert.InRange(Stopwatch.GetElapsedTime(begun).TotalSeconds, 0, 60);
        }
    }

    private async Task<ApiCaller> NewShopAsync()
    {
        var admin = await api.NewTenantAsync();
        Assert.Equal(
            201,
            (
                await admin.PostAsync(
                    "/api/v1/databases",
                    """
                    {"name": "shop", "fields": [{"name": "tier", "type": "text"}, {"name": "orders", "type": "number"}, {"name": "vip", "type": "boolean"}, {"name": "tags", "type": "list"}]}
                    """
                )
            ).Status
        );
        return admin;
    }

    private static async Task<string> FieldAsync(ApiCaller admin, string id, string field) =>
        (await admin.GetAsync("/api/v1/databases/shop/profiles/" + id))
            .Json.GetProperty("fields")
            .GetProperty(field)
            .ToString();
}
