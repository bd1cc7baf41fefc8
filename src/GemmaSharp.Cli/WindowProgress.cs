namespace GemmaSharp.Cli;

/// <summary>One line on a terminal's stderr that says how many windows of a text are read; nothing elsewhere.</summary>
internal sealed class WindowProgress(int count) : IDisposable
{
    private int _width;

    public void Report(int done, string detail)
    {
        if (Console.IsErrorRedirected)
        {
            return;
        }

        string line = $"window {done} of {count}{detail}";
        Console.Error.Write($"\r{line.PadRight(_width)}");
        _width = line.Length;
    }

    public void Dispose()
    {
        if (_width > 0)
        {
            Console.Error.Write($"\r{"".PadRight(_width)}\r");
        }
    }
}
