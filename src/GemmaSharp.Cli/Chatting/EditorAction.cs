namespace GemmaSharp.Cli.Chatting;

/// <summary>What a key did to the line.</summary>
internal enum EditorAction
{
    /// <summary>Nothing to see.</summary>
    None,

    /// <summary>The text or the cursor changed.</summary>
    Changed,

    /// <summary>The line is complete.</summary>
    Send,

    /// <summary>The line is complete and another one belongs to it.</summary>
    Continue,

    /// <summary>Ctrl+C.</summary>
    Interrupt,

    /// <summary>Ctrl+D on an empty line.</summary>
    Close,

    /// <summary>Ctrl+L.</summary>
    ClearScreen,
}
