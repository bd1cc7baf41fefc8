using System.Globalization;
using GemmaSharp.Hub;
using Spectre.Console;

namespace GemmaSharp.Cli.Hub;

/// <summary>Shows downloads on stderr: a bar with speed and time left on a terminal, a line a file elsewhere.</summary>
internal static class DownloadProgress
{
    /// <summary>Fetches a model and shows how far it is.</summary>
    public static async Task<HubModel> FetchAsync(HubReference reference, string? file, CancellationToken cancel)
    {
        HubSettings settings = HubSettings.FromEnvironment();
        HubModel model = Console.IsErrorRedirected
            ? await HubModel.FetchAsync(settings, reference, file, new Lines(), cancel).ConfigureAwait(false)
            : await WithBarsAsync(settings, reference, file, cancel).ConfigureAwait(false);
        foreach (string notice in model.Notices)
        {
            await Console.Error.WriteLineAsync($"gemmasharp: {notice}").ConfigureAwait(false);
        }

        return model;
    }

    private static Task<HubModel> WithBarsAsync(HubSettings settings, HubReference reference, string? file, CancellationToken cancel) =>
        FileProgressBar.OfBytes().StartAsync(context => HubModel.FetchAsync(settings, reference, file, new Bars(context), cancel));

    private sealed class Bars(ProgressContext context) : IProgress<HubProgress>
    {
        private readonly Dictionary<string, ProgressTask> _tasks = [];

        public void Report(HubProgress value)
        {
            if (!_tasks.TryGetValue(value.Name, out ProgressTask? task))
            {
                task = context.AddTask(Markup.Escape(value.Name), maxValue: value.Size);
                _tasks.Add(value.Name, task);
            }

            task.Value = value.Received;
        }
    }

    private sealed class Lines : IProgress<HubProgress>
    {
        private string _last = "";

        public void Report(HubProgress value)
        {
            if (value.Name != _last)
            {
                _last = value.Name;
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"gemmasharp: fetching {value.Name}, {value.Size / 1e6:F1} MB"));
            }
        }
    }
}
