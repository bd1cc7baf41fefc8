using System.CommandLine;
using System.Globalization;
using GemmaSharp.Cli.Hub;
using GemmaSharp.Hub;

namespace GemmaSharp.Cli.Commands;

/// <summary>The cache of models from the hub: what is there, fetch one, delete one.</summary>
internal static class Models
{
    public static Command Create()
    {
        Command command = new("models", "Keeps models of the Hugging Face hub: list, pull, rm.");
        command.Subcommands.Add(CreateList());
        command.Subcommands.Add(CreatePull());
        command.Subcommands.Add(CreateRemove());
        return command;
    }

    private static Command CreateList()
    {
        Command command = new("list", "Lists what the cache holds.");
        command.SetAction((_, _) => Failure.GuardAsync(() =>
        {
            HubSettings settings = HubSettings.FromEnvironment();
            foreach (CachedRepository one in new HubCache(settings.CacheFolder).List())
            {
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{one.Repository}  {one.Bytes / 1e9:F2} GB  {one.Folder}"));
                foreach (string file in one.Files)
                {
                    Console.Out.WriteLine($"  {file}");
                }
            }

            Console.Error.WriteLine($"gemmasharp: the cache is {settings.CacheFolder}");
        }));
        return command;
    }

    private static Command CreatePull()
    {
        Argument<string> model = new("model") { HelpName = "OWNER/REPO[:QUANT]", Description = "the repository, and which quantisation of it" };
        Option<string?> file = new("--hf-file") { HelpName = "FILE", Description = "a file of the repository" };
        Command command = new("pull", "Fetches a model into the cache.") { model, file };
        command.SetAction((parsed, _) => Failure.GuardAsync(async () =>
        {
            using Interrupt interrupt = new(secondEnds: true);
            HubModel fetched = await DownloadProgress.FetchAsync(HubReference.Parse(parsed.GetValue(model) ?? ""), parsed.GetValue(file), interrupt.Token).ConfigureAwait(false);
            await Console.Out.WriteLineAsync(fetched.Path).ConfigureAwait(false);
            return 0;
        }));
        return command;
    }

    private static Command CreateRemove()
    {
        Argument<string> model = new("model") { HelpName = "OWNER/REPO", Description = "the repository" };
        Command command = new("rm", "Deletes a model from the cache.") { model };
        command.SetAction((parsed, _) => Failure.GuardAsync(() => new HubCache(HubSettings.FromEnvironment().CacheFolder).Remove(HubReference.Parse(parsed.GetValue(model) ?? ""))));
        return command;
    }
}
