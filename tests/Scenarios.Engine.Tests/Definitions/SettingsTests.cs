using System.Text;
using System.Text.Json;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Time;
using static Scenarios.Engine.Tests.Definitions.Reading;

namespace Scenarios.Engine.Tests.Definitions;

public class SettingsTests
{
    [Fact]
    public void Nothing_given_is_the_default() => Assert.Equal(ScenarioSettings.Default, Settings("{}"));

    [Fact]
    public void All_settings_are_read()
    {
        var settings = Settings(
            """
            {'reentryMode': 'parallel', 'freezeOnDeactivate': true, 'frozenWaits': 'clockStops', 'resumeRate': 50, 'timeZone': 'Europe/Berlin',
             'quietHours': {'from': '21:00', 'to': '08:00', 'zone': 'profile'}, 'coolDown': {'days': 3}, 'maxEntries': {'count': 2, 'per': {'days': 30}}, 'controlPercent': 5, 'partitions': 16}
            """
        );
        Assert.Equal(
            new ScenarioSettings(
                ReentryMode.Parallel,
                true,
                FrozenWaits.ClockStops,
                50,
                "Europe/Berlin",
                new QuietHours(new TimeOnly(21, 0), new TimeOnly(8, 0), new ZoneChoice(ZoneSource.Profile, null)),
                new WaitDuration(3, 0, 0, 0),
                new MaxEntries(2, new WaitDuration(30, 0, 0, 0)),
                5,
                16
            ),
            settings
        );
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{'timeZone': null, 'controlPercent': 0}")]
    [InlineData(
        """{'reentryMode': 'never', 'timeZone': 'Asia/Tokyo', 'quietHours': {'from': '21:00', 'to': '24:00', 'zone': 'Asia/Tokyo'}, 'coolDown': {'days': 1, 'hours': 2, 'minutes': 3, 'seconds': 4}, 'maxEntries': {'count': 2, 'per': {'hours': 1}}}"""
    )]
    public void What_is_written_reads_back_equal(string json)
    {
        var settings = Settings(json);
        Assert.Equal(settings, Settings(Written(settings.Write)));
    }

    [Theory]
    [InlineData("{'reentry': 'never'}", "/reentry", "unknownField")]
    [InlineData("{'reentryMode': 'once'}", "/reentryMode", "unknownValue")]
    [InlineData("{'freezeOnDeactivate': 'yes'}", "/freezeOnDeactivate", "wrongType")]
    [InlineData("{'resumeRate': 0}", "/resumeRate", "outOfRange")]
    [InlineData("{'timeZone': 'Berlin'}", "/timeZone", "unknownZone")]
    [InlineData("{'quietHours': {'from': '21:00'}}", "/quietHours/to", "required")]
    [InlineData("{'coolDown': {'days': 4000}}", "/coolDown", "outOfRange")]
    [InlineData("{'coolDown': {}}", "/coolDown", "empty")]
    [InlineData("{'maxEntries': {'count': 1}}", "/maxEntries/per", "required")]
    [InlineData("{'maxEntries': {'count': 0, 'per': {'days': 1}}}", "/maxEntries/count", "outOfRange")]
    [InlineData("{'exits': []}", "/exits", "notSupportedYet")]
    [InlineData("{'controlPercent': 101}", "/controlPercent", "outOfRange")]
    [InlineData("{'partitions': 257}", "/partitions", "outOfRange")]
    public void Bad_settings_are_refused(string json, string path, string code)
    {
        List<Problem> problems = [];
        Assert.Null(ScenarioSettings.Read(Parsed(json), "/settings", problems));
        Assert.Equal([("/settings" + path, code)], problems.Select(p => (p.Path, p.Code)));
    }

    [Fact]
    public void About_reads_back_as_it_was_written()
    {
        var about = About("{'description': 'Hello <b>', 'tags': ['welcome', 'ё'], 'groups': ['crm']}");
        Assert.Equal(("Hello <b>", 2, 1), (about.Description, about.Tags.Count, about.Groups.Count));
        Assert.Equal(Written(about.Write), Written(About(Written(about.Write)).Write));
        Assert.Empty(About("{}").Tags);

        static About About(string json)
        {
            List<Problem> problems = [];
            var about = Scenarios.Engine.Definitions.About.Read(Parsed(json), "/about", problems);
            Assert.Empty(problems);
            return about!;
        }
    }

    [Theory]
    [InlineData("{'tags': ['a', 'a']}", "/tags/1", "duplicate")]
    [InlineData("{'tags': ['']}", "/tags/0", "empty")]
    [InlineData("{'tags': [7]}", "/tags/0", "wrongType")]
    [InlineData("{'groups': 'crm'}", "/groups", "wrongType")]
    [InlineData("{'title': 'x'}", "/title", "unknownField")]
    public void A_bad_about_is_refused(string json, string path, string code)
    {
        List<Problem> problems = [];
        Assert.Null(About.Read(Parsed(json), "/about", problems));
        Assert.Equal([("/about" + path, code)], problems.Select(p => (p.Path, p.Code)));
    }

    private static ScenarioSettings Settings(string json)
    {
        List<Problem> problems = [];
        var settings = ScenarioSettings.Read(Parsed(json), "/settings", problems);
        Assert.Empty(problems);
        return settings!;
    }

    private static string Written(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
