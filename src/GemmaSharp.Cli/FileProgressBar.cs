using GemmaSharp.Conversion;
using Spectre.Console;

namespace GemmaSharp.Cli;

/// <summary>Shows on stderr how far the work on a file is: a bar on a terminal, nothing elsewhere.</summary>
internal static class FileProgressBar
{
    /// <summary>Runs the work.</summary>
    /// <param name="title">What stands before the bar.</param>
    /// <param name="work">Given what to report to.</param>
    public static T Run<T>(string title, Func<IProgress<FileProgress>?, T> work)
    {
        if (Console.IsErrorRedirected)
        {
            return work(null);
        }

        return OfBytes()
            .AutoClear(true)
            .Start(context => work(new Bar(context.AddTask(Markup.Escape(title)))));
    }

    /// <summary>Bars of bytes on stderr, with speed and time left.</summary>
    public static Progress OfBytes() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn());

    private sealed class Bar(ProgressTask task) : IProgress<FileProgress>
    {
        public void Report(FileProgress value)
        {
            task.MaxValue = value.Total;
            task.Value = value.Done;
        }
    }
}
