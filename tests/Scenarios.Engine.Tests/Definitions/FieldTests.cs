using Scenarios.Engine.Definitions;
using Scenarios.Engine.Json;
using static Scenarios.Engine.Tests.Definitions.Reading;

namespace Scenarios.Engine.Tests.Definitions;

public class FieldTests
{
    [Theory]
    [InlineData(FieldType.Text, "'x'", null)]
    [InlineData(FieldType.Text, "7", "wrongType")]
    [InlineData(FieldType.Text, "null", null)]
    [InlineData(FieldType.Number, "7", null)]
    [InlineData(FieldType.Number, "-0", null)]
    [InlineData(FieldType.Number, "0.30000000000000004", null)]
    [InlineData(FieldType.Number, "9007199254740991", null)]
    [InlineData(FieldType.Number, "9007199254740993", "outOfRange")]
    [InlineData(FieldType.Number, "1e400", "outOfRange")]
    [InlineData(FieldType.Number, "1e-400", "outOfRange")]
    [InlineData(FieldType.Number, "0.12345678901234567890123456789012345", "outOfRange")]
    [InlineData(FieldType.Number, "'7'", "wrongType")]
    [InlineData(FieldType.Boolean, "false", null)]
    [InlineData(FieldType.Boolean, "0", "wrongType")]
    [InlineData(FieldType.Date, "'2026-11-23'", null)]
    [InlineData(FieldType.Date, "'2026-02-29'", "invalidDate")]
    [InlineData(FieldType.Date, "'2026-11-23T00:00:00Z'", "invalidDate")]
    [InlineData(FieldType.Date, "'0001-01-01'", "invalidDate")]
    [InlineData(FieldType.Date, "20261123", "wrongType")]
    [InlineData(FieldType.DateTime, "'2026-11-23T12:00:00.123456+01:00'", null)]
    [InlineData(FieldType.DateTime, "'2026-11-23T12:00:00'", "invalidInstant")]
    [InlineData(FieldType.DateTime, "'2026-11-23 12:00:00Z'", "invalidInstant")]
    [InlineData(FieldType.DateTime, "'2026-11-23'", "invalidInstant")]
    [InlineData(FieldType.List, "['a', 1]", null)]
    [InlineData(FieldType.List, "[]", null)]
    [InlineData(FieldType.List, "'a'", "wrongType")]
    [InlineData(FieldType.List, "[['a']]", "wrongType")]
    [InlineData(FieldType.List, "[1e400]", "outOfRange")]
    public void A_field_holds_what_its_type_allows(FieldType type, string value, string? code) =>
        Assert.Equal(code, FieldValues.Check(Parsed(value), type, "/fields/x")?.Code);

    [Fact]
    public void Texts_and_lists_have_a_limit()
    {
        var longest = new string('x', FieldValues.MaxTextLength);
        Assert.Null(FieldValues.Check(Parsed($"'{longest}'"), FieldType.Text, ""));
        Assert.Equal("tooLong", FieldValues.Check(Parsed($"'{longest}x'"), FieldType.Text, "")?.Code);
        Assert.Equal(
            "tooMany",
            FieldValues
                .Check(
                    Parsed("[" + string.Join(",", Enumerable.Repeat("1", FieldValues.MaxListLength + 1)) + "]"),
                    FieldType.List,
                    ""
                )
                ?.Code
        );
        Assert.Equal("outOfRange", FieldValues.Check(Parsed(new string('9', 400)), FieldType.Number, "")?.Code);
    }

    [Theory]
    [InlineData("[{'name': 'a'}]", "/fields/0/type", "required")]
    [InlineData("[{'name': 'a', 'type': 'date'}, {'name': 'a', 'type': 'text'}]", "/fields/1/name", "duplicateName")]
    [InlineData("[{'name': 'email', 'type': 'text'}]", "/fields/0/name", "reservedName")]
    [InlineData("[{'name': '1st', 'type': 'text'}]", "/fields/0/name", "invalidName")]
    [InlineData("[{'name': 'constructor', 'type': 'text'}]", "/fields/0/name", "invalidName")]
    [InlineData("[{'name': 'a', 'type': 'json'}]", "/fields/0/type", "unknownValue")]
    [InlineData("[{'name': 'a', 'type': 'text', 'x': 1}]", "/fields/0/x", "unknownField")]
    [InlineData("{}", "/fields", "wrongType")]
    public void Bad_fields_of_a_database_are_refused(string fields, string path, string code)
    {
        List<Problem> problems = [];
        Assert.Null(DatabaseFields.Read(new JsonObjectReader(Parsed($$"""{'fields': {{fields}}}"""), "", problems), "fields"));
        Assert.Equal([(path, code)], problems.Select(p => (p.Path, p.Code)));
    }

    [Fact]
    public void Fields_of_a_database_are_read_in_order()
    {
        List<Problem> problems = [];
        var fields = DatabaseFields.Read(
            new JsonObjectReader(
                Parsed("{'fields': [{'name': 'b', 'type': 'dateTime'}, {'name': 'A', 'type': 'list'}]}"),
                "",
                problems
            ),
            "fields"
        )!;
        Assert.Equal([new("b", FieldType.DateTime), new FieldDefinition("A", FieldType.List)], fields.All);
        Assert.Null(fields.TypeOf("a"));
    }
}
