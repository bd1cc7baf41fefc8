using GemmaSharp.Kernels.Tensors;

namespace GemmaSharp.Model.Layers;

/// <summary>Convolution kernels in the order in which inputs are gathered: place in the kernel outside, input channel inside.</summary>
internal static class ChannelsLast
{
    /// <summary>[outputs, inputs, places] to a matrix [outputs, places * inputs].</summary>
    public static WeightMatrix Pack(float[] kernel, int outputs, int inputs, int places)
    {
        float[] reordered = new float[kernel.Length];
        for (int output = 0; output < outputs; output++)
        {
            for (int at = 0; at < inputs * places; at++)
            {
                reordered[(output * inputs * places) + (at % places * inputs) + (at / places)] = kernel[(output * inputs * places) + at];
            }
        }

        return WeightMatrix.FromFloats(reordered, outputs, inputs * places);
    }
}
