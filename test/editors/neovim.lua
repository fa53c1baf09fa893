-- The language server as Neovim's own client has it: a client that we did not write. From the project's folder:
--
--   npm exec --call 'nvim --headless -u NONE -i NONE -n -S test/editors/neovim.lua'
--
-- Ends with 1, and says why, when anything is not as it should be.

local PATIENCE = 30000

local MODELS = [[
provider lab { protocol simulated }
model small = lab "small" { context 8k  output 1k  price { input $0.10, output $0.30 } }
/// The one that knows most.
model big = lab "big" { context 100k  output 8k  price { input $1, output $3 } }
]]

local WHOLE = [[
import "./models.route"
request { tier free | pro from claim "tier" default free }

// é, 漢 and 😀 stand before what is renamed.
plan cheap =   small else big
route chat {
  when tier == free -> cheap
  otherwise -> big
}
]]

--- Somebody is writing a rule, and has misspelled another.
local BROKEN = WHOLE:gsub("  otherwise", "  when tier ==\n  when tier == fre -> big\n  otherwise")

local folder = vim.fn.tempname()

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(text)
  file:close()
end

local function fail(message)
  io.stderr:write("neovim: " .. message .. "\n")
  vim.cmd("cquit 1")
end

--- What a question gives once it gives something.
local function eventually(what, question)
  local answer
  local come = vim.wait(PATIENCE, function()
    answer = question()
    return answer
  end, 20)
  if not come then
    error("no " .. what .. " after " .. PATIENCE .. " ms")
  end
  return answer
end

local function expect(what, found, wanted)
  if not vim.deep_equal(found, wanted) then
    error(what .. ": expected " .. vim.inspect(wanted) .. ", found " .. vim.inspect(found))
  end
end

local function expect_in(what, text, wanted)
  if not text:find(wanted, 1, true) then
    error(what .. ": expected `" .. wanted .. "` in " .. vim.inspect(text))
  end
end

local function open(name)
  vim.cmd("edit " .. folder .. "/" .. name)
  return vim.api.nvim_get_current_buf()
end

local function text_of(buffer)
  return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n")
end

--- Puts the cursor at the end of the first place where a text stands.
local function go(text)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local _, last = line:find(text, 1, true)
    if last then
      vim.api.nvim_win_set_cursor(0, { number, last - 1 })
      return
    end
  end
  error("there is no `" .. text .. "`")
end

--- What Neovim shows over the text, in a window of its own.
local function hover_at(place)
  go(place)
  vim.lsp.buf.hover()
  local window = eventually("hover", function()
    for _, each in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(each).relative ~= "" then
        return each
      end
    end
  end)
  local shown = text_of(vim.api.nvim_win_get_buf(window))
  vim.api.nvim_win_close(window, true)
  return shown
end

--- Prices and worst cases are shown once the program was checked.
local function expect_hover(place, wanted)
  local shown
  local came = vim.wait(PATIENCE, function()
    shown = hover_at(place)
    return shown:find(wanted, 1, true) ~= nil
  end, 50)
  if not came then
    expect_in("hover", shown, wanted)
  end
end

local function offered_at(buffer, place)
  go(place)
  local params = vim.lsp.util.make_position_params(0, "utf-16")
  local answers = vim.lsp.buf_request_sync(buffer, "textDocument/completion", params, PATIENCE)
  local labels = {}
  for _, answer in pairs(answers) do
    for _, item in ipairs(answer.result.items) do
      labels[item.label] = true
    end
  end
  return labels
end

local function format(buffer)
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ bufnr = buffer, timeout_ms = PATIENCE })
  else
    vim.lsp.buf.formatting_sync({}, PATIENCE)
  end
end

--- The codes of the findings of a buffer, in order, once all of them are there.
local function codes_of(buffer, wanted)
  local found
  local came = vim.wait(PATIENCE, function()
    found = vim.tbl_map(function(each)
      return each.code
    end, vim.diagnostic.get(buffer))
    table.sort(found)
    return vim.deep_equal(found, wanted)
  end, 20)
  if not came then
    expect("findings", found, wanted)
  end
end

local function run()
  vim.fn.mkdir(folder, "p")
  write("models.route", MODELS)
  write("whole.route", WHOLE)
  write("broken.route", BROKEN)
  local client = vim.lsp.start_client({
    name = "routec",
    cmd = { "node", "cli/main.ts", "lsp", "--stdio" },
    root_dir = folder,
  })
  local function attach(buffer)
    assert(vim.lsp.buf_attach_client(buffer, client), "Neovim does not attach to the server")
    eventually("answer to `initialize`", function()
      return assert(vim.lsp.get_client_by_id(client), "the server has ended").initialized
    end)
    return buffer
  end

  local whole = attach(open("whole.route"))
  codes_of(whole, {})
  expect_hover("plan cheap", "at worst")
  expect_hover("otherwise -> big", "The one that knows most.")
  local members = offered_at(whole, "tier == f")
  expect("members of `tier`", { members.free, members.pro, members.cheap }, { true, true, nil })
  format(whole)
  expect_in("formatting", text_of(whole), "plan cheap = small else big")
  go("plan cheap")
  vim.lsp.buf.rename("thrifty")
  eventually("rename", function()
    return text_of(whole):find("-> thrifty", 1, true)
  end)
  expect_in("rename", text_of(whole), "plan thrifty = small else big")
  codes_of(whole, {})
  -- Neovim says what it changes by itself, and undoes it.
  go("tier == free")
  vim.cmd("normal x")
  codes_of(whole, { "RT2005" })
  vim.cmd("silent undo")
  codes_of(whole, {})

  local broken = attach(open("broken.route"))
  codes_of(broken, { "RT1001", "RT2005" })
  expect_hover("plan cheap", "plan cheap")
  local still = offered_at(broken, "tier == f")
  expect("members in a broken file", { still.free, still.pro }, { true, true })
  format(broken)
  expect_in("formatting of what is whole", text_of(broken), "plan cheap = small else big")
  expect_in("formatting of what is whole", text_of(broken), "  when tier ==\n")
  go("plan cheap")
  vim.lsp.buf.rename("thrifty")
  eventually("rename in a broken file", function()
    return text_of(broken):find("-> thrifty", 1, true)
  end)

  vim.lsp.stop_client(client)
  eventually("end of the server", function()
    return vim.lsp.client_is_stopped(client)
  end)
end

local well, message = xpcall(run, debug.traceback)
vim.fn.delete(folder, "rf")
if not well then
  fail(message)
end
print("neovim " .. tostring(vim.version().major) .. "." .. vim.version().minor .. ": all well\n")
vim.cmd("quitall!")
