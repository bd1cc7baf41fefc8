using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;

namespace GemmaSharp.Server.Requests;

/// <summary>Where the bytes of a part are: in the request, or at an address.</summary>
internal static class PartFields
{
    private const string DataScheme = "data:";

    /// <summary>A part whose bytes a data: address holds, or that are at another address.</summary>
    public static PartRequest FromAddress(string kind, string path, JsonElement address, ServerLimits limits)
    {
        string text = Fields.TextOf(address, path);
        if (text.StartsWith(DataScheme, StringComparison.OrdinalIgnoreCase))
        {
            int comma = text.IndexOf(',', StringComparison.Ordinal);
            string head = comma < 0 ? "" : text[DataScheme.Length..comma];
            return head.EndsWith(";base64", StringComparison.OrdinalIgnoreCase)
                ? FromBase64(kind, path, text.AsMemory(comma + 1), limits)
                : throw ApiException.Bad($"{path}: 'data:TYPE;base64,...' expected", path, "invalid_value");
        }

        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && !text.Contains('\\', StringComparison.Ordinal) && !text.Any(char.IsControl)
            ? new PartRequest(kind, path) { Address = uri }
            : throw ApiException.Bad($"{path} is no address; a data:, http:, https: or file: address expected", path, "invalid_value");
    }

    /// <summary>A part whose bytes are in the request.</summary>
    public static PartRequest FromBase64(string kind, string path, ReadOnlyMemory<char> text, ServerLimits limits)
    {
        if (text.Length / 4L * 3 > limits.PartBytes + 2L)
        {
            throw new ApiException(System.Net.HttpStatusCode.RequestEntityTooLarge, $"{path} has more than {limits.PartBytes} bytes, the most of a picture or sound") { Parameter = path, Code = "media_too_large" };
        }

        byte[] data = new byte[text.Length];
        int length = Encoding.UTF8.GetByteCount(text.Span);
        OperationStatus status = OperationStatus.InvalidData;
        if (length <= data.Length)
        {
            Encoding.UTF8.GetBytes(text.Span, data);
            status = Base64.DecodeFromUtf8InPlace(data.AsSpan(0, length), out length);
        }

        return status == OperationStatus.Done && length > 0
            ? new PartRequest(kind, path) { Data = data[..length] }
            : throw ApiException.Bad($"{path} is not base64", path, "invalid_value");
    }
}
