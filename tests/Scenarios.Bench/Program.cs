// The product beside the naive design, in one run, on one PostgreSQL, never both at once. Measures.cs says what is measured.

using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Scenarios.Bench;
using Scenarios.Bench.Designs;
using Scenarios.Bench.Naive;
using Scenarios.Storage.Embedded;

[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")] // nor does the embedded PostgreSQL

if (args is [NaiveDesign.ServerCommand, var url])
{
    await NaiveServer.RunAsync(url, Environment.GetEnvironmentVariable("BENCH_DATABASE")!);
    return 0;
}
if (BenchOptions.Read(args) is not { } options)
{
    Console.Error.WriteLine(BenchOptions.Usage);
    return 2;
}

using var stop = new CancellationTokenSource();
using var interrupt = StopOn(PosixSignal.SIGINT);
using var terminate = StopOn(PosixSignal.SIGTERM);

// Open to PostgreSQL's account, or its cluster would lie elsewhere and stay.
var data = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"scenarios-bench-{Environment.ProcessId}")).FullName;
try
{
    await using var postgres = await EmbeddedPostgres.StartAsync(data, NullLogger.Instance, TimeProvider.System, stop.Token);
    await using var admin = NpgsqlDataSource.Create(postgres.AdminConnectionString);
    Report.Machine("PostgreSQL " + await ScalarAsync<string>("show server_version"));
    var postmaster = await PostmasterAsync();
    var wrong = new List<string>();
    var figures = new Dictionary<string, List<Figure>>();

    if (options.Design != "naive")
    {
        await using var product = new ProductDesign(
            await DatabaseAsync("product"),
            Path.Combine(data, "product"),
            options.Profiles
        );
        await product.StartAsync([], stop.Token);
        await product.ImportAsync(stop.Token);
        await TakeAsync(product);
    }
    if (options.Design != "product")
    {
        await using var naive = new NaiveDesign(await DatabaseAsync("naive"));
        await naive.StartAsync([], stop.Token);
        await TakeAsync(naive);
    }

    if (figures.TryGetValue("product", out var ours) && figures.TryGetValue("naive", out var theirs))
        Report.Table(ours, theirs);
    foreach (var sentence in wrong)
        Console.Error.WriteLine(sentence);
    return wrong.Count == 0 ? 0 : 1;

    async Task TakeAsync(Design design)
    {
        var taken = figures[design.Name] = [];
        var measures = new Measures(design, postmaster, options.Profiles, options.Duration, stop.Token);
        await measures.WarmUpAsync();
        if (options.Takes("captures"))
        {
            await KeepAsync(() => measures.SinglesAsync(inFlight: 64));
            await KeepAsync(() => measures.SinglesAsync(inFlight: 256));
            await KeepAsync(() => measures.SinglesAsync(inFlight: 1024));
        }
        if (options.Takes("batches"))
        {
            await KeepAsync(() => measures.BatchesAsync(size: 1_000, inFlight: 4));
            await KeepAsync(() => measures.BatchesAsync(size: 10_000, inFlight: 2));
        }
        if (options.Takes("lives"))
            await KeepAsync(measures.LivesAsync);
        if (options.Takes("wake"))
            await KeepAsync(measures.MassWakeAsync);
        if (options.Takes("steady"))
            Keep(await measures.SteadyAsync());
        if (options.Takes("live") && design is ProductDesign watched)
            await KeepAsync(() => measures.LiveAsync(watched));
        if (options.Takes("memory"))
            await KeepAsync(measures.MemoryAsync);
        if (options.Takes("overload") && design is ProductDesign)
            Keep(await measures.OverloadAsync());
        wrong.AddRange(await measures.CheckAsync());

        async Task KeepAsync(Func<Task<Figure>> measure)
        {
            await ScalarAsync<object>("checkpoint"); // each begins with the same debt of pages
            Keep([await measure()]);
        }

        void Keep(List<Figure> measured)
        {
            taken.AddRange(measured);
            foreach (var figure in measured)
                Report.Line(design.Name, figure);
        }
    }

    async Task<string> DatabaseAsync(string name)
    {
        await ScalarAsync<object>($"create database {name} owner {EmbeddedPostgres.Role}");
        return new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = name }.ConnectionString;
    }

    async Task<T?> ScalarAsync<T>(string sql)
    {
        await using var command = admin.CreateCommand(sql);
        command.CommandTimeout = 300; // seconds: a checkpoint writes what was written before
        return (T?)await command.ExecuteScalarAsync(stop.Token);
    }

    // The parent of the process that answers us.
    async Task<int> PostmasterAsync()
    {
        var stat = await File.ReadAllTextAsync($"/proc/{await ScalarAsync<int>("select pg_backend_pid()")}/stat", stop.Token);
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
    }
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
catch (BenchFailedException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
finally
{
    Directory.Delete(data, recursive: true);
}

PosixSignalRegistration StopOn(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        stop.Cancel();
    });
