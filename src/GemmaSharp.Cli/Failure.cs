namespace GemmaSharp.Cli;

/// <summary>Bad input to one line and an exit code.</summary>
internal static class Failure
{
    public const int BadInput = 1;
    public const int Interrupted = 130;

    /// <summary>Runs a command; what the user can mend becomes one line on stderr.</summary>
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
        catch (Exception error) when (error is not (NullReferenceException or IndexOutOfRangeException or OutOfMemoryException))
        {
            Console.Error.WriteLine($"gemmasharp: {error.Message.ReplaceLineEndings(" ")}");
            return BadInput;
        }
    }

    /// <summary>Runs a command that does not wait.</summary>
    public static Task<int> GuardAsync(Action command) => GuardAsync(() =>
    {
        command();
        return Task.FromResult(0);
    });
}
