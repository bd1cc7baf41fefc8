namespace GemmaSharp.Cli;

/// <summary>Bad input to one line and an exit code.</summary>
internal static class Failure
{
    public const int BadInput = 1;
    public const int Interrupted = 130;

    /// <summary>Runs a command; what went wrong becomes one line on stderr.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> command)
    {
        try
        {
            return await command().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception error)
        {
            await Console.Error.WriteLineAsync($"gemmasharp: {Line(error)}").ConfigureAwait(false);
            return BadInput;
        }
    }

    /// <summary>Runs a command that does not wait.</summary>
    public static Task<int> GuardAsync(Action command) => GuardAsync(() =>
    {
        command();
        return Task.FromResult(0);
    });

    /// <summary>Runs a long command on another thread, so that an interrupt finds this one free to ask for its end.</summary>
    public static Task<int> GuardInterruptibleAsync(Func<int> command) => GuardAsync(() => Task.Run(command));

    /// <summary>An error as one line; one that nobody foresaw says where it happened.</summary>
    internal static string Line(Exception error)
    {
        string text = error switch
        {
            InsufficientMemoryException => error.Message,
            OutOfMemoryException => "not enough memory for this model and context; a smaller --ctx needs less",
            NullReferenceException or IndexOutOfRangeException or InvalidCastException or OverflowException => $"a bug: {error.GetType().Name}{Place(error)}: {error.Message}",
            ArgumentException { ParamName: string name } => error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal),
            _ => error.Message,
        };
        return text.ReplaceLineEndings(" ");
    }

    private static string Place(Exception error) => error.StackTrace is string trace ? $" {trace.AsSpan().Trim().ToString().Split('\n')[0].Trim()}" : "";
}
