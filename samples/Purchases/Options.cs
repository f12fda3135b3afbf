namespace Scenarios.Samples.Purchases;

/// <summary>Where the server and the purchases are.</summary>
internal sealed record Options(string File, Uri Server, string Token)
{
    public const string Usage = """
        dotnet run --project samples/Purchases -- [options]
          --file PATH    the purchases           samples/purchases.txt
          --url URL      of the server           http://localhost:8080
          --token TOKEN  of role editor or more  $SCENARIOS_TOKEN, or .data/token here or in a directory above
        """;

    /// <returns>Null when the arguments mean nothing.</returns>
    public static Options? Read(string[] arguments)
    {
        string file = Path.Combine(AppContext.BaseDirectory, "purchases.txt"),
            url = "http://localhost:8080";
        var token = Environment.GetEnvironmentVariable("SCENARIOS_TOKEN");
        for (var i = 0; i + 1 < arguments.Length; i += 2)
            switch (arguments[i])
            {
                case "--file":
                    file = arguments[i + 1];
                    break;
                case "--url":
                    url = arguments[i + 1];
                    break;
                case "--token":
                    token = arguments[i + 1];
                    break;
                default:
                    return null;
            }
        if (string.IsNullOrEmpty(token))
            token = TokenOfNode();
        return
            arguments.Length % 2 == 0
            && token is not null
            && System.IO.File.Exists(file)
            && Uri.TryCreate(url, UriKind.Absolute, out var server)
            ? new Options(file, server, token)
            : null;
    }

    /// <summary>What <c>./run</c> wrote at its first start.</summary>
    private static string? TokenOfNode()
    {
        for (
            var directory = new DirectoryInfo(Environment.CurrentDirectory);
            directory is not null;
            directory = directory.Parent
        )
        {
            var kept = Path.Combine(directory.FullName, ".data", "token");
            if (System.IO.File.Exists(kept))
                return System.IO.File.ReadAllText(kept).Trim();
        }
        return null;
    }
}
