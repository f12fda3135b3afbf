using System.Text.Json;
using Microsoft.Extensions.Logging;
using Scenarios.Contracts;
using Scenarios.Engine;
using Scenarios.Engine.Definitions;
using Scenarios.Engine.Elements;
using Scenarios.Engine.Json;
using Scenarios.Engine.Runs;
using Scenarios.Grains.Partition;
using Scenarios.Grains.Tasks;
using Scenarios.Storage.Accounts;
using Scenarios.Storage.Scenarios;
using Scenarios.Storage.Tasks;

namespace Scenarios.Grains;

/// <summary>
/// The control plane of one scenario. What commits depend on is rows, moved in one transaction by
/// <see cref="ScenarioGate"/> and <see cref="ScenarioStore"/>; the grain serializes the callers, checks their requests,
/// and pokes the partitions afterwards.
/// </summary>
internal sealed partial class ScenarioGrain(
    ScenarioStore store,
    ScenarioGate gate,
    DatabaseStore databases,
    SavedScenario saved,
    TaskStore tasks,
    SelectedRuns selected,
    PartitionOptions options,
    ILogger<ScenarioGrain> log
) : Grain, IScenarioGrain
{
    private int Tenant => GrainKeys.Parse(this.GetPrimaryKeyString()).Tenant;
    private int Number => GrainKeys.Parse(this.GetPrimaryKeyString()).Number;

    public async Task<SaveAnswer> Save(Save save)
    {
        var row = await store.FindAsync(Tenant, Number, CancellationToken.None);
        if (row is null or { Deleted: true })
            return Refused(NotFound);
        if (save.IfRevision is { } seen && seen != row.Revision)
            return Refused(Stale(row.Revision));

        var database = save.Database is null ? null : await databases.FindAsync(Tenant, save.Database, CancellationToken.None);
        if (save.Database is not null && database is null)
            return Refused(
                Refusal.Of(
                    RefusalCode.DatabaseNotFound,
                    $"Unknown database '{save.Database}'.",
                    new Fault("/database", RefusalCode.DatabaseNotFound.Text(), "Unknown database.", null, false)
                )
            );

        var fields = database?.Fields ?? StoredDefinition.ReadFields(row.DatabaseFields);
        var read = saved.Read(save.Definition, save.Settings, save.About, fields, Number);
        if (read.Refusal is { } refusal)
            return Refused(refusal);
        if (save.Settings is not null && read.Settings!.Partitions != row.Partitions)
            return Refused(
                Refusal.At(
                    "/settings/partitions",
                    RefusalCode.PartitionsFixed,
                    "The number of partitions is fixed when the scenario is created."
                )
            );
        if (read.Graph is not null && await ReturnedAsync(read.Graph) is { Length: > 0 } returned)
            return Refused(Refusal.Invalid(returned));

        if (
            read.Graph is not null
            && save.MoveRuns?.FirstOrDefault(m => read.Graph.Find(m.Value) is not { IsTrigger: false })
                is { Key: not null } lost
        )
            return Refused(
                Refusal.At(
                    $"/moveRuns/{lost.Key}",
                    RefusalCode.UnknownElement,
                    $"Runs cannot move to '{lost.Value}': unknown element, or one that cannot hold runs."
                )
            );

        var before = StoredDefinition.Read(row.Definition) ?? Definition.Empty;
        if (
            read.Graph is not null
            && save.KeepTimes?.FirstOrDefault(id =>
                before.Find(id) is not { Waits: true } || read.Graph.Find(id) is not { Waits: true }
            )
                is { } timeless
        )
            return Refused(
                Refusal.At(
                    "/keepTimes",
                    RefusalCode.UnknownElement,
                    $"'{timeless}' is not a wait both before and after the save: it has no exit times to keep."
                )
            );

        // A check also reports faults of the stored definition; a save is judged only by what it changes.
        var checkedGraph = read.Graph ?? (save.DryRun ? StoredDefinition.Read(row.Definition) : null);
        IReadOnlyList<Problem> problems =
        [
            .. checkedGraph is null ? [] : Validator.Validate(checkedGraph, fields, Number),
            .. (save.Settings is null ? StoredDefinition.ReadSettings(row.Settings) : read.Settings!).Warnings("/settings"),
        ];
        if (row.Status != ScenarioStatus.Inactive && problems.Any(p => p.Severity == Severity.Error))
            return Refused(
                Refusal.Of(
                    RefusalCode.InvalidDefinition,
                    "An active scenario must remain ready to be activated.",
                    [.. problems.Select(SavedScenario.FaultOf)]
                )
            );

        var plan = read.Graph is null
            ? []
            : SavePlan.Of(
                before,
                read.Graph,
                row.Definition,
                read.Definition!,
                await store.StandingAsync(Tenant, Number, CancellationToken.None),
                save.MoveRuns ?? [],
                save.KeepTimes ?? []
            );
        var faults = problems.Select(SavedScenario.FaultOf).ToArray();
        if (save.DryRun)
            return new SaveAnswer(row.Revision, null, plan, faults);

        // A save that only moves boxes, or changes nothing, makes no revision.
        var definition = read.Definition == row.Definition ? null : read.Definition;
        var settings = save.Settings is null ? null : SavedScenario.Write(read.Settings!);
        if (settings is not null && settings == SavedScenario.Write(StoredDefinition.ReadSettings(row.Settings)))
            settings = null;
        var (result, revision) = await store.SaveAsync(
            Tenant,
            Number,
            save.IfRevision,
            new ScenarioChange(
                save.Title,
                save.About is null ? null : read.About,
                settings,
                definition,
                read.Layout,
                database?.Number,
                save.MoveRuns ?? [],
                save.KeepTimes ?? [],
                save.Note,
                save.Actor.Name
            ),
            CancellationToken.None
        );
        switch (result)
        {
            case SaveResult.Saved:
                break;
            case SaveResult.NotFound:
                return Refused(NotFound);
            case SaveResult.Stale:
                return Refused(Stale(revision));
            case SaveResult.HasRuns:
                return Refused(
                    Refusal.Of(
                        RefusalCode.HasRuns,
                        "The database can be changed only while the scenario is inactive and empty."
                    )
                );
        }
        if (revision != row.Revision)
            Wake(row.Partitions);
        return new SaveAnswer(revision, null, plan, faults);
    }

    public async Task<GateAnswer> Activate(Activate request)
    {
        var row = await store.FindAsync(Tenant, Number, CancellationToken.None);
        if (row is null or { Deleted: true })
            return Refused(NotFound, null);
        var settings = StoredDefinition.ReadSettings(row.Settings);
        var problems = Problems(row);
        if (problems.Any(p => !p.IsWarning))
            return Refused(
                Refusal.Of(RefusalCode.InvalidDefinition, "The scenario is not ready to be activated.", problems),
                row.Status
            );

        var move = await gate.ActivateAsync(
            Tenant,
            Number,
            request.Clear,
            request.DryRun,
            settings.ResumeRate,
            settings.FrozenWaits == FrozenWaits.ClockStops,
            request.Actor.Name,
            options.ClockShift(),
            CancellationToken.None
        );
        if (move.Moved)
            Moved("activate", row.Partitions, move.Ended);
        // Perhaps a repeat of the call that moved the gate and died before it could notify the partitions.
        else if (move.Status == ScenarioStatus.Active)
            Wake(row.Partitions);
        return Answer(move);
    }

    public async Task<GateAnswer> Deactivate(string? mode, Actor actor)
    {
        var row = await store.FindAsync(Tenant, Number, CancellationToken.None);
        if (row is null or { Deleted: true })
            return Refused(NotFound, null);
        StopMode stop;
        // A stopped scenario stays as it is, with its frozen runs, unless the caller explicitly asks to end them.
        if (mode is null && row.Status == ScenarioStatus.Inactive)
            stop = StopMode.Freeze;
        else if (mode is null)
            stop = StoredDefinition.ReadSettings(row.Settings).FreezeOnDeactivate ? StopMode.Freeze : StopMode.End;
        else if (!Name<StopMode>.TryParse(mode, out stop))
            return Refused(
                Refusal.At("/mode", RefusalCode.UnknownValue, $"Must be one of {string.Join(", ", Name<StopMode>.All)}."),
                row.Status
            );
        var move = await gate.DeactivateAsync(Tenant, Number, stop, actor.Name, options.ClockShift(), CancellationToken.None);
        if (move.Moved)
            Moved("deactivate", row.Partitions, move.Ended);
        return Answer(move);
    }

    public async Task<GateAnswer> Clear(Actor actor)
    {
        var row = await store.FindAsync(Tenant, Number, CancellationToken.None);
        if (row is null or { Deleted: true })
            return Refused(NotFound, null);
        var move = await gate.ClearAsync(Tenant, Number, actor.Name, options.ClockShift(), CancellationToken.None);
        if (move.Moved)
            Moved("clear", row.Partitions, move.Ended);
        return Answer(move);
    }

    public async Task<GateAnswer> Delete(Actor actor)
    {
        var move = await gate.DeleteAsync(Tenant, Number, actor.Name, options.ClockShift(), CancellationToken.None);
        return move.Status is null or ScenarioStatus.Inactive
            ? Answer(move)
            : Refused(Refusal.Of(RefusalCode.ScenarioActive, "Only an inactive scenario can be deleted."), move.Status);
    }

    public async Task<BulkAnswer> Bulk(BulkAction action)
    {
        var row = await store.FindAsync(Tenant, Number, CancellationToken.None);
        if (row is null or { Deleted: true })
            return new BulkAnswer(null, 0, [], NotFound);
        // Checked here once for all runs; each slice checks again what may change during the task.
        if (action.Verb != RunVerb.Remove && row.Status == ScenarioStatus.Inactive)
            return new BulkAnswer(
                null,
                0,
                [],
                Refusal.Of(RefusalCode.Inactive, "The scenario is not active: its runs are frozen.")
            );
        if (action.Verb == RunVerb.Move && StoredDefinition.Read(row.Definition)?.Find(action.To!) is not { IsTrigger: false })
        {
            const string NoPlace = "Unknown element, or one that cannot hold runs.";
            return new BulkAnswer(null, 0, [], Refusal.At("/to", RefusalCode.UnknownElement, NoPlace));
        }

        var selection = new RunSelection(
            action.Element,
            action.EnteredBefore,
            action.ProfileIds,
            action.RunIds,
            await selected.NowAsync(options.ClockShift(), CancellationToken.None)
        );
        var phases = await selected.CountAsync(Tenant, Number, selection, CancellationToken.None);
        if (action.DryRun)
        {
            var skipped = phases.Where(p => !Takes(action.Verb, p.Key)).Sum(p => p.Value);
            return new BulkAnswer(
                null,
                phases.Values.Sum() - skipped,
                skipped == 0 ? [] : new() { [RefusalCode.NotWaiting.Text()] = skipped },
                null
            );
        }
        var work = JsonSerializer.Serialize(
            new BulkOrder(selection, action.Verb, action.Until, action.To),
            GrainsJson.Default.BulkOrder
        );
        var verb = Name<RunVerb>.Of(action.Verb);
        var id = await tasks.AddAsync(
            new NewTask(Tenant, "bulk", Number, phases.Values.Sum(), work, action.Key, action.Actor.Name),
            [],
            new Audit(
                Tenant,
                action.Actor.Name,
                verb,
                $"scenario/{Number}/runs",
                JsonSerializer.Serialize(selection, GrainsJson.Default.RunSelection)
            ),
            CancellationToken.None
        );
        if (id is null)
            return new BulkAnswer(
                null,
                0,
                [],
                Refusal.Of(RefusalCode.TooManyTasks, $"At most {TaskStore.MaxRunning} running tasks are allowed.")
            );
        GrainFactory.Task(Tenant, id.Value).Work().Ignore();
        return new BulkAnswer(id, 0, [], null);
    }

    /// <summary>Whether the interpreter accepts this command at the run's element.</summary>
    private static bool Takes(RunVerb verb, RunPhase phase) =>
        verb switch
        {
            RunVerb.Remove => true,
            RunVerb.Release or RunVerb.Postpone => phase == RunPhase.Waiting,
            RunVerb.Move => phase != RunPhase.Performing,
        };

    public async Task<Draft?> Draft() =>
        await store.DraftAsync(Tenant, Number, CancellationToken.None) is { Json: { } json } row
            ? new Draft(json, row.Writes, row.By, row.At)
            : null;

    public async Task<Draft?> KeepDraft(string? json, long ifVersion, Actor actor) =>
        await store.KeepDraftAsync(Tenant, Number, json, ifVersion, actor.Name, CancellationToken.None) is { } row
            ? new Draft(row.Json ?? "", row.Writes, row.By, row.At)
            : null;

    /// <summary>Ids that some revision gave to an element of another type: they can never be reused.</summary>
    private async Task<Fault[]> ReturnedAsync(Definition graph)
    {
        var ever = await store.ElementTypesEverAsync(Tenant, Number, CancellationToken.None);
        return
        [
            .. graph
                .Elements.Select((element, i) => (element, i))
                .Where(e => ever.TryGetValue(e.element.Id, out var type) && type != Name<ElementType>.Of(e.element.Type))
                .Select(e => new Fault(
                    $"/definition/elements/{e.i}/type",
                    "typeChanged",
                    $"'{e.element.Id}' was another type of element; a new element needs a new id.",
                    e.element.Id,
                    false
                )),
        ];
    }

    private Fault[] Problems(ScenarioRow row) =>
        StoredDefinition.Read(row.Definition) is { } graph
            ?
            [
                .. Validator
                    .Validate(graph, StoredDefinition.ReadFields(row.DatabaseFields), Number)
                    .Concat(StoredDefinition.ReadSettings(row.Settings).Warnings("/settings"))
                    .Select(SavedScenario.FaultOf),
            ]
            : [new Fault("/definition", "unreadable", "This version cannot read the definition.", null, false)];

    private void Moved(string action, int partitions, long ended)
    {
        LogMoved(Tenant, Number, action, ended);
        Wake(partitions);
    }

    /// <summary>
    /// A hint: partitions prove the gate with each commit, and the sweep finds what is due without it.
    /// </summary>
    private void Wake(int partitions)
    {
        for (var i = 0; i < partitions; i++)
            GrainFactory.Partition(Tenant, Number, i).Poke().Ignore();
    }

    private static GateAnswer Answer(GateMove move) =>
        move.Status is not { } status
            ? Refused(NotFound, null)
            : new GateAnswer(Name<ScenarioStatus>.Of(status), move.Frozen, move.Overdue, move.LastLeavesAt, move.Ended, null);

    private static GateAnswer Refused(Refusal refusal, ScenarioStatus? status) =>
        new(status is { } now ? Name<ScenarioStatus>.Of(now) : "", 0, 0, null, 0, refusal);

    private static SaveAnswer Refused(Refusal refusal) => new(0, refusal, [], []);

    private static readonly Refusal NotFound = Refusal.Of(RefusalCode.ScenarioNotFound, "Unknown scenario.");

    private static Refusal Stale(int revision) => Refusal.Of(RefusalCode.StaleRevision, $"The newest revision is {revision}.");
}
