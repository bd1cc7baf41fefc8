namespace GemmaSharp.Kernels.Quantizers;

/// <summary>What a quantiser needs for 256 weights; it lives on the stack.</summary>
internal unsafe struct SearchScratch
{
    /// <summary>Values or weights in their order, padded with zeros where a row ends.</summary>
    public fixed float Values[256];

    /// <summary>Values as lanes.</summary>
    public fixed float Lanes[256];

    /// <summary>Weights as lanes.</summary>
    public fixed float Weights[256];

    /// <summary>Codes that a search found, as lanes; groups of 16 come in two halves.</summary>
    public fixed float LaneCodes[256];

    /// <summary>Final codes in their order.</summary>
    public fixed byte Codes[256];

    /// <summary>Scales of up to 16 groups.</summary>
    public fixed float Scales[16];

    /// <summary>Minima of up to 16 groups.</summary>
    public fixed float Minima[16];

    /// <summary>Sums of weights of up to 16 groups.</summary>
    public fixed float Sums[16];

    /// <summary>Codes of the scales.</summary>
    public fixed byte ScaleCodes[16];

    /// <summary>Codes of the minima.</summary>
    public fixed byte MinimumCodes[16];
}
