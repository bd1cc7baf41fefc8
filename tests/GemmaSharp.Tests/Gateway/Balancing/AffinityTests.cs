using System.Text;
using GemmaSharp.Gateway.Balancing;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Tests.Gateway.Balancing;

/// <summary>What binds a request to a replica.</summary>
public sealed class AffinityTests
{
    private const string First = """{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}]}""";

    [Theory]
    [InlineData("""{"temperature": 1, "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "x"}, {"role": "user", "content": "b"}]}""", true)]
    [InlineData("""{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "b"}]}""", false)]
    [InlineData("""{"messages": [{"role": "system", "content": "t"}, {"role": "user", "content": "a"}]}""", false)]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}]}""", false)]
    public void Read_LaterTurn_SameConversation(string body, bool same) => Assert.Equal(same, Read(First).Conversation == Read(body).Conversation);

    [Theory]
    [InlineData("""{"instructions": "i", "input": "a"}""", """{"instructions": "i", "input": "a", "stream": true}""", true)]
    [InlineData("""{"instructions": "i", "input": "a"}""", """{"instructions": "j", "input": "a"}""", false)]
    [InlineData("""{"system": "i", "messages": [{"role": "user", "content": "a"}]}""", """{"system": "j", "messages": [{"role": "user", "content": "a"}]}""", false)]
    [InlineData("""{"prompt_cache_key": "k", "input": "a"}""", """{"prompt_cache_key": "k", "input": "b"}""", true)]
    [InlineData("""{"user": "u"}""", """{"user": "u", "n": 1}""", true)]
    [InlineData("""{"user": "u"}""", """{"user": "v"}""", false)]
    public void Read_OtherForms_BoundByWhatTheyShare(string one, string other, bool same)
    {
        Assert.NotNull(Read(one).Conversation);
        Assert.Equal(same, Read(one).Conversation == Read(other).Conversation);
    }

    [Fact]
    public void Read_Prompt_BoundByItsBeginning()
    {
        string beginning = new('p', 256);

        Assert.Equal(Read($$"""{"prompt": "{{beginning}}x"}""").Conversation, Read($$"""{"prompt": "{{beginning}}y"}""").Conversation);
    }

    [Fact]
    public void Read_SessionHeader_InsteadOfTheBody()
    {
        Affinity one = Read(First, session: "mine"), other = Read("""{"prompt": "other"}""", session: "mine");

        Assert.Equal(one.Conversation, other.Conversation);
        Assert.NotEqual(one.Conversation, Read(First).Conversation);
    }

    [Theory]
    [InlineData("/v1/responses/resp_1", "{}", "resp_1")]
    [InlineData("/v1/responses", """{"previous_response_id": "resp_2", "input": "a"}""", "resp_2")]
    [InlineData("/v1/responses", """{"previous_response_id": 3, "input": "a"}""", null)]
    [InlineData("/v1/responses/", "{}", null)]
    public void Read_StoredResponse_ItsId(string path, string body, string? id) => Assert.Equal(id, Read(body, path).ResponseId);

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"prompt_cache_key": "\ud800"}""")]
    [InlineData("""{"messages": 3}""", true)]
    [InlineData("""{"messages": [null, 3, {"role": 5}]}""", true)]
    public void Read_BodyThatIsWrong_LeftToTheReplica(string body, bool bound = false) => Assert.Equal(bound, Read(body).Conversation is not null);

    private static Affinity Read(string body, string path = "/v1/chat/completions", string? session = null)
    {
        DefaultHttpContext http = new();
        (http.Request.Path, http.Request.ContentType) = (path, "application/json");
        http.Request.Headers[Affinity.SessionHeader] = session;
        return Affinity.Read(http.Request, Encoding.UTF8.GetBytes(body));
    }
}
