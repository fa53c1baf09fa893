;; The language server as Emacs has it through Eglot.  From the project's folder:
;;
;;   npm exec --call 'emacs -q --no-site-file --batch -l test/editors/emacs.el'
;;
;; Prints what was found; ends with an error when anything is not as it should be.  -*- lexical-binding: t -*-

(package-initialize)
(require 'eglot)
(require 'flymake)

(define-derived-mode routec-mode prog-mode "routec" (setq-local comment-start "// "))
(add-to-list 'auto-mode-alist '("\\.route\\'" . routec-mode))
(add-to-list 'eglot-server-programs '(routec-mode . ("node" "cli/main.ts" "lsp" "--stdio")))

(defconst routec-test-policy "provider lab { protocol simulated }
model small = lab \"small\" { context 8k  output 1k  price { input $1, output $3 } }
plan cheap =   small
route chat -> cheep
")

(defun routec-test-until (what question)
  "Wait until QUESTION gives something, which is WHAT; give it."
  (with-timeout (30 (error "no %s after 30 s" what))
    (let (answer)
      (while (not (setq answer (funcall question)))
        (accept-process-output nil 0.05))
      answer)))

(let* ((project default-directory)
       (folder (make-temp-file "routec-emacs-" t))
       (file (expand-file-name "main.route" folder)))
  (unwind-protect
      (progn
        (write-region routec-test-policy nil file)
        (find-file file)
        (setq-local eglot-sync-connect 30)
        (let ((default-directory project))
          (eglot--connect '(routec-mode) (cons 'transient folder) 'eglot-lsp-server
                          (list (expand-file-name "node_modules/.bin/node" project)
                                (expand-file-name "cli/main.ts" project) "lsp" "--stdio")
                          "routec"))
        (routec-test-until "managed buffer" (lambda () (or (eglot-managed-p) (ignore (eglot--maybe-activate-editing-mode)))))
        (flymake-start)
        (let ((found (routec-test-until "finding" #'flymake-diagnostics)))
          (message "finding: %s" (flymake-diagnostic-text (car found)))
          (unless (string-match-p "did you mean `cheap`" (flymake-diagnostic-text (car found)))
            (error "another finding was expected")))
        (eglot-format-buffer)
        (goto-char (point-min))
        (unless (search-forward "plan cheap = small" nil t)
          (error "it is not formatted: %s" (buffer-string)))
        (search-backward "cheap")
        ;; Eglot tells the server of changes once Emacs is idle, which a batch never is.
        (eglot--signal-textDocument/didChange)
        (eglot-rename "thrifty")
        (goto-char (point-min))
        (unless (search-forward "plan thrifty" nil t)
          (error "it is not renamed: %s" (buffer-string)))
        (message "emacs %s: all well" emacs-version)
        (set-buffer-modified-p nil)
        (eglot-shutdown (eglot-current-server)))
    (delete-directory folder t)))
