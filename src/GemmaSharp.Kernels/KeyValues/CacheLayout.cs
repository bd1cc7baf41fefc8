namespace GemmaSharp.Kernels.KeyValues;

/// <summary>
/// A block of a cache: 128 positions, for every head the panels of its keys (32 positions each), then those of its values (32 dimensions each).
/// Positions are cut into blocks where they are a multiple of 128, so what a block holds depends on no sequence's history.
/// </summary>
internal readonly struct CacheLayout(int keyHeads, int headDim, int keyPanelBytes, int valuePanelBytes)
{
    public const int BlockTokens = 128;

    /// <summary>Lanes of a panel.</summary>
    public const int Lanes = 32;

    private const int KeyPanels = BlockTokens / Lanes;

    public int KeyHeads => keyHeads;

    public int HeadDim => headDim;

    /// <summary>Bytes of 32 keys of a head.</summary>
    public int KeyPanelBytes => keyPanelBytes;

    /// <summary>Bytes of 32 dimensions of a head's values.</summary>
    public int ValuePanelBytes => valuePanelBytes;

    public int ValuePanels => (headDim + Lanes - 1) / Lanes;

    public long BlockBytes => keyHeads * HeadBytes;

    private long HeadBytes => ((long)KeyPanels * keyPanelBytes) + ((long)ValuePanels * valuePanelBytes);

    public nint KeysAt(int head) => checked((nint)(head * HeadBytes));

    public nint ValuesAt(int head) => KeysAt(head) + (KeyPanels * (nint)keyPanelBytes);
}
