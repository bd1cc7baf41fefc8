// Chats of this browser, with their pictures and sounds, in its own database.

function store(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('gemmasharp', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('chats', { keyPath: 'id' });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result, change = database.transaction('chats', mode), request = act(change.objectStore('chats'));
      change.oncomplete = () => { database.close(); resolve(request.result); };
      change.onabort = change.onerror = () => { database.close(); reject(change.error ?? new Error('no room')); };
    };
  });
}

/** All chats, newest first. */
export async function allChats() {
  try {
    return (await store('readonly', chats => chats.getAll())).sort((a, b) => b.time - a.time);
  } catch {
    return []; // a private window may refuse a database
  }
}

/** Keeps a chat as it is now. */
export function keepChat(chat) {
  const first = chat.messages[0];
  const title = (first.text || first.parts?.[0]?.name || 'Chat').slice(0, 40);
  return store('readwrite', chats => chats.put({ ...chat, title, time: Date.now() }));
}

/** Forgets a chat. */
export const dropChat = id => store('readwrite', chats => chats.delete(id));
