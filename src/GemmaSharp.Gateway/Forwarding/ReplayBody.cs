using GemmaSharp.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GemmaSharp.Gateway.Forwarding;

/// <summary>A request's body that can be sent again: held as a whole up to a bound, passed through beyond it.</summary>
internal sealed class ReplayBody : Stream
{
    private readonly ReadOnlyMemory<byte> _held;
    private readonly Stream? _rest;
    private int _position;
    private bool _restTouched;

    private ReplayBody(ReadOnlyMemory<byte> held, Stream? rest) => (_held, _rest) = (held, rest);

    /// <summary>The body, where it is held as a whole; empty where not.</summary>
    public ReadOnlyMemory<byte> Whole => _rest is null ? _held : default;

    /// <summary>Whether nothing was read that cannot be read again.</summary>
    public bool CanReplay => !_restTouched;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Holds as much of a request's body as the bounds allow; what is held counts until the request is answered.</summary>
    public static async Task<ReplayBody> ReadAsync(HttpContext http, GatewayLimits limits, BufferRoom room)
    {
        long length = http.Request.ContentLength ?? (http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true ? limits.BufferedBytes : 0);
        if (length > limits.BufferedBytes || room.Take(length) is not IDisposable part)
        {
            return new ReplayBody(default, http.Request.Body);
        }

        http.Response.RegisterForDispose(part);
        byte[] held = new byte[length];
        try
        {
            int read = await http.Request.Body.ReadAtLeastAsync(held, held.Length, throwOnEndOfStream: false, http.RequestAborted).ConfigureAwait(false);
            bool ended = http.Request.ContentLength is not null || read < held.Length || length == 0;
            return new ReplayBody(held.AsMemory(0, read), ended ? null : http.Request.Body);
        }
        catch (IOException error) when (error is not BadHttpRequestException)
        {
            throw ApiException.Bad("the body is framed wrongly, or ends early");
        }
    }

    /// <summary>Goes back to the beginning.</summary>
    public void Rewind() => _position = 0;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = int.Min(buffer.Length, _held.Length - _position);
        if (count > 0 || _rest is null)
        {
            _held.Slice(_position, count).CopyTo(buffer);
            _position += count;
            return ValueTask.FromResult(count);
        }

        _restTouched = true;
        return _rest.ReadAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
